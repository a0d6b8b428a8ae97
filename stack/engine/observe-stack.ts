import { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import { join } from 'node:path';
import { readSecretFile } from '../../environment/files/state-file';
import { configHash, planContainer } from '../compose/plan-container';
import { addressOf, loginSecret } from '../compose/ready';
import type { Service, Stack } from '../compose/stack';
import type { ImageKind } from './labels';
import { findContainer } from './containers';
import { engineCall } from './engine-error';
import { probe } from './probe';
import { digestStackSecrets, readStackSecret } from './stack-secrets';

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
}

/** Looks at every service of the stack and changes nothing. Before the first bootstrap no key is in `stateDir`, and hashes are not compared. */
export function observeStack(
  engine: Docker,
  stack: Stack,
  { stateDir }: { stateDir: string },
): Promise<ObservedService[]> {
  return engineCall(() =>
    Promise.all(Object.values(stack.services).map((service) => observe(engine, stack, service, stateDir))),
  );
}

async function observe(
  engine: Docker,
  stack: Stack,
  service: Service,
  stateDir: string,
): Promise<ObservedService> {
  const { name, image } = service;
  const row = { name, image, kind: undefined, address: addressOf(service) };
  let found;
  try {
    found = await findContainer(engine, stack, name);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    return { ...row, state: 'foreign', detail: error.message, would: 'refuse' };
  }
  if (found === undefined) return { ...row, state: 'absent', detail: 'absent', would: 'create' };
  const wanted = await wantedHash(stack, service, found.imageId, stateDir);
  const plan = planContainer(found, wanted ?? found.configHash ?? '');
  const running = found.state === 'running';
  return {
    ...row,
    kind: found.kind,
    state: running ? ((await answers(stack, service)) ? 'ready' : 'not ready') : 'stopped',
    detail: plan.action === 'keep' ? found.status : plan.reason,
    would: plan.action === 'unpause' || plan.action === 'watch' ? 'start' : plan.action,
  };
}

async function wantedHash(
  stack: Stack,
  service: Service,
  imageId: string,
  stateDir: string,
): Promise<string | undefined> {
  // Without knowing what its nodes would be given, a change of that cannot be told.
  if (service.nodes !== undefined) return undefined;
  const key = await readSecretFile(join(stateDir, 'digest-key'));
  if (key === undefined) return undefined;
  return configHash(service, { imageId, secrets: await digestStackSecrets(stack, service.secrets, key) });
}

async function answers(stack: Stack, service: Service): Promise<boolean> {
  if (service.ready === undefined) return true;
  const login = loginSecret(service);
  const password =
    login === undefined ? undefined : await readStackSecret(stack, login).catch(() => undefined);
  return (await probe(service.ready, password)).state === 'ready';
}
