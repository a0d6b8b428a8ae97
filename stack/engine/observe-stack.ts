import type Docker from 'dockerode';
import type { Secret } from '../../contracts/core/secret';
import { configHash } from '../compose/plan-container';
import { planContainer } from '../compose/plan-container';
import type { Service, Stack } from '../compose/stack';
import type { ImageKind } from '../images/image-kind';
import { engineCall } from './engine-error';
import { findContainer } from './find-container';
import { addressOf, probe } from './probe';
import { digestStackSecrets, readStackSecret } from './read-stack-secret';

/** A service as it is, and what `up` would do to it. */
export interface ObservedService {
  name: string;
  image: string;
  state: 'absent' | 'ready' | 'not ready' | 'stopped' | 'foreign';
  /** The engine's own words, or why the service is refused. */
  detail: string;
  would: 'create' | 'start' | 'recreate' | 'keep' | 'refuse';
  kind: ImageKind | undefined;
  address: string | undefined;
  containerId: string | undefined;
}

interface Options {
  /** Absent before the first bootstrap; hashes are not compared then. */
  digestKey?: Secret;
  /** Images that a run would use by service; where unknown, the container's own. */
  images?: Record<string, { id: string }>;
  /** As given to ensureService, by service. */
  inputs?: Record<string, string>;
}

/** Looks at every service of the stack and changes nothing. */
export function observeStack(
  engine: Docker,
  stack: Stack,
  options: Options = {},
): Promise<ObservedService[]> {
  return engineCall(() =>
    Promise.all(Object.values(stack.services).map((service) => observe(engine, stack, service, options))),
  );
}

async function observe(
  engine: Docker,
  stack: Stack,
  service: Service,
  options: Options,
): Promise<ObservedService> {
  const { name, image, ready } = service;
  const address = ready === undefined ? undefined : addressOf(ready);
  const row = { name, image, kind: undefined, address, containerId: undefined };
  let found;
  try {
    found = await findContainer(engine, stack, name);
  } catch (error) {
    return { ...row, state: 'foreign', detail: (error as Error).message, would: 'refuse' };
  }
  if (found === undefined) return { ...row, state: 'absent', detail: 'absent', would: 'create' };
  const wanted = await wantedHash(stack, service, found.imageId, options);
  const plan = planContainer(found, wanted ?? found.configHash ?? '');
  const running = found.state === 'running';
  const state = running ? ((await answers(stack, service)) ? 'ready' : 'not ready') : 'stopped';
  return {
    ...row,
    kind: found.kind,
    containerId: found.id,
    state,
    detail: plan.action === 'keep' ? found.status : plan.reason,
    would: plan.action === 'unpause' || plan.action === 'watch' ? 'start' : plan.action,
  };
}

async function wantedHash(
  stack: Stack,
  service: Service,
  imageId: string,
  { digestKey, images, inputs }: Options,
): Promise<string | undefined> {
  if (digestKey === undefined) return undefined;
  const input = inputs?.[service.name];
  // Without knowing what it would be given, a change of that cannot be told.
  if (service.nodes !== undefined && input === undefined) return undefined;
  return configHash(service, {
    imageId: images?.[service.name]?.id ?? imageId,
    secrets: await digestStackSecrets(stack, service.secrets, digestKey),
    ...(input === undefined ? {} : { inputs: input }),
  });
}

async function answers(stack: Stack, { ready }: Service): Promise<boolean> {
  if (ready === undefined) return true;
  const name = 'password' in ready ? ready.password : undefined;
  const password = name === undefined ? undefined : await readStackSecret(stack, name).catch(() => undefined);
  return (await probe(ready, password)).state === 'ready';
}
