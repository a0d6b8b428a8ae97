import { ApplicationFailure } from '@temporalio/common';
import type Docker from 'dockerode';
import type { ContainerInfo } from 'dockerode';
import { join } from 'node:path';
import { readSecretFile } from '../../environment/files/state-file';
import { isStarted } from '../compose/order';
import { configHash, planContainer } from '../compose/plan-container';
import { addressOf } from '../compose/ready';
import type { Ready, Service, Stack } from '../compose/stack';
import { KIND_LABEL, type ImageKind } from './labels';
import { networksNamed } from './network-and-volumes';
import { volumeLabelsOf } from './volume-owner';
import { containerAmong, listAll, type FoundContainer } from './containers';
import { engineCall, tolerate } from './engine-error';
import { probeService } from './probe';
import { digestStackSecrets } from './stack-secrets';

/** The engine's own measure: who ran for so long is started again at once should it end. */
const STAYS_MS = 10_000;

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
  /** What its container was made of. */
  imageId?: string;
  /** Tells this container, and what it should be like, from every other one. */
  seen?: string;
}

/**
 * Looks at every service that a run starts and changes nothing; what it would do about another image is not asked. Before the first
 * bootstrap no key is in `stateDir`, and hashes are not compared.
 */
export function observeStack(
  engine: Docker,
  stack: Stack,
  place: { stateDir: string; environment: string },
): Promise<ObservedService[]> {
  return engineCall(async () => {
    const containers = await listAll(engine);
    const started = Object.values(stack.services).filter(isStarted);
    return Promise.all(started.map((service) => observe(engine, stack, service, { ...place, containers })));
  });
}

/** Whether the engine has each network of the stack once, and the volumes of what is started, opened first by images of this kind. */
export function hasNetworksAndVolumes(
  engine: Docker,
  stack: Stack,
  images: Readonly<Record<string, { kind: ImageKind }>>,
): Promise<boolean> {
  const networks = Object.values(stack.networks).map(
    async ({ engineName }) => (await networksNamed(engine, engineName)).length === 1,
  );
  const started = Object.values(stack.services).filter(isStarted);
  const volumes = started.flatMap(({ name, mounts }) =>
    mounts.map(async (mount) => {
      if (mount.kind !== 'volume') return true;
      const labels = await volumeLabelsOf(engine, stack.volumes[mount.volume]!.engineName);
      return labels !== undefined && labels[KIND_LABEL] === images[name]?.kind;
    }),
  );
  return engineCall(async () => (await Promise.all([...networks, ...volumes])).every(Boolean));
}

async function observe(
  engine: Docker,
  stack: Stack,
  service: Service,
  {
    stateDir,
    environment,
    containers,
  }: { stateDir: string; environment: string; containers: ContainerInfo[] },
): Promise<ObservedService> {
  const { name, image } = service;
  const row = { name, image, kind: undefined, address: addressOf(service) };
  let found;
  try {
    found = containerAmong(containers, stack, name, environment);
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    return { ...row, state: 'foreign', detail: error.message, would: 'refuse' };
  }
  if (found === undefined) return { ...row, state: 'absent', detail: 'absent', would: 'create' };
  const wanted = await wantedHash(stack, service, found.imageId, stateDir);
  const plan = planContainer(found, wanted ?? found.configHash ?? '', service.ends);
  return {
    ...row,
    kind: found.kind,
    imageId: found.imageId,
    seen: `${found.id} ${wanted}`,
    state: await stateOf(engine, stack, service, found),
    detail: plan.action === 'keep' && found.state === 'running' ? found.status : plan.reason,
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

async function stateOf(
  engine: Docker,
  stack: Stack,
  service: Service,
  { id, state, exitCode }: FoundContainer,
): Promise<ObservedService['state']> {
  if (exitCode === 0 && service.ends !== undefined) return 'ready'; // it has done what it was for
  if (state !== 'running') return 'stopped';
  const fine =
    service.ready === undefined ? await staysUp(engine, id) : await answers(stack, service, service.ready);
  return fine ? 'ready' : 'not ready';
}

/** Not unhealthy, and not just started again by the engine after its own end. */
async function staysUp(engine: Docker, id: string): Promise<boolean> {
  const container = await tolerate(engine.getContainer(id).inspect(), 404);
  if (container === undefined) return false;
  const { RestartCount, State } = container;
  if (State.Health?.Status === 'unhealthy') return false;
  if (RestartCount === 0) return true;
  const { SystemTime } = (await engine.info()) as { SystemTime: string };
  return Date.parse(SystemTime) - Date.parse(State.StartedAt) > STAYS_MS;
}

async function answers(stack: Stack, service: Service, ready: Ready): Promise<boolean> {
  const found = await probeService(stack, service, ready).catch((error: unknown) => {
    if (error instanceof ApplicationFailure) return undefined; // its secret has no file
    throw error;
  });
  return found?.state === 'ready';
}
