import { ApplicationFailure } from '@temporalio/common';
import { join } from 'node:path';
import { present } from '../contracts/core/record';
import type { ServiceRow } from '../contracts/run/summaries';
import { ensureService } from '../stack/engine/ensure-service';
import { hasNetworksAndVolumes, observeStack, type ObservedService } from '../stack/engine/observe-stack';
import { isStarted } from '../stack/compose/order';
import { openPorts } from '../stack/compose/ready';
import { pingEngine } from '../stack/engine/connect-engine';
import { engineTrouble } from '../stack/engine/engine-trouble';
import type { Progress } from '../stack/engine/run-command';
import type { Service } from '../stack/compose/stack';
import type { Environment } from './environment';
import { readSecretFile } from './files/state-file';

/** What keeps the environment's stack from being looked at or changed; undefined for no engine at all on this machine. */
export const troubleOf = async (environment: Environment): Promise<ApplicationFailure | undefined> =>
  engineTrouble(environment.engineAddress, await pingEngine(environment.engine()));

/** The engine's trouble or absence, or every service that a run starts as it is. */
async function lookAt(environment: Environment) {
  const stack = await environment.stack();
  const engine = environment.engine();
  const ping = await pingEngine(engine);
  const trouble = await engineTrouble(environment.engineAddress, ping);
  if (trouble === undefined && ping.state === 'alive')
    return { observed: await observeStack(engine, stack, environment) };
  return { observed: undefined, trouble, started: Object.values(stack.services).filter(isStarted) };
}

/** Every service as it is and what `up` would do to it; changes nothing, and takes no engine for an empty one. */
export async function observeServices(environment: Environment): Promise<ServiceRow[]> {
  const { observed, trouble, started } = await lookAt(environment);
  if (observed === undefined) {
    const reason =
      trouble === undefined
        ? `${maker(environment)} would create it; no Docker Engine runs yet`
        : 'not known; the Docker Engine cannot be asked';
    return started.map(({ name, image }) => ({ name, image, kind: 'registry', action: 'skipped', reason }));
  }
  return observed.map(({ name, image, kind, would, state, detail, address }) => ({
    name,
    image,
    kind: kind ?? 'registry',
    action: would === 'keep' && state === 'ready' ? 'kept' : 'skipped',
    ...present({ address }),
    reason: `${state} (${detail}); ${maker(environment)} would ${would} it`,
  }));
}

/** What makes the services as they are declared. */
const maker = ({ joined }: Environment) => (joined === undefined ? 'up' : 'its home’s run');

/** What `up` would do to the stack's services, in words; nothing for one that runs as declared. */
export async function pendingServices(environment: Environment): Promise<string[]> {
  const { observed, trouble, started } = await lookAt(environment);
  if (trouble !== undefined) throw trouble;
  if (observed === undefined)
    return ['install a Docker Engine', ...started.map(({ name }) => `create ${name}`)];
  return observed.flatMap(({ name, would, detail }) =>
    would === 'keep' ? [] : [would === 'refuse' ? `refuse ${name}: ${detail}` : `${would} ${name}`],
  );
}

/**
 * Every service outside of profiles, where all of them run as declared, by the images and with the keys that are here, and answer,
 * and the images, networks and volumes of all others are here too; undefined where anything of that is to be seen to. Changes nothing.
 */
export async function standingServices(
  opened: Pick<Environment, 'environment' | 'stateDir' | 'stack' | 'engine' | 'images'>,
): Promise<ServiceRow[] | undefined> {
  const stack = await opened.stack();
  const { services } = stack;
  if (Object.values(services).some((service) => isStarted(service) && isBeyondALook(service)))
    return undefined;
  const own = Object.entries(services).filter(([, { profiles }]) => profiles.length === 0);
  if ((await readSecretFile(join(opened.stateDir, 'digest-key'))) === undefined) return undefined;
  const { stateDir, environment } = opened;
  const engine = opened.engine();
  if ((await pingEngine(engine)).state !== 'alive') return undefined;
  try {
    const outside = { ...stack, services: Object.fromEntries(own) };
    const [images, observed] = await Promise.all([
      opened.images(undefined, { onlyHere: true }),
      observeStack(engine, outside, { stateDir, environment }),
    ]);
    const stands = ({ name, would, state, imageId }: ObservedService) =>
      would === 'keep' && state === 'ready' && imageId === images[name]?.id;
    if (!observed.every(stands) || !(await hasNetworksAndVolumes(engine, stack, images))) return undefined;
    return observed.map(({ name, kind, address }) =>
      rowOf(services[name]!, { action: 'kept', kind: kind ?? 'registry', address }),
    );
  } catch (error) {
    if (error instanceof ApplicationFailure) return undefined; // told by the step that sees to it
    throw error;
  }
}

// Which image its registry has now, what its nodes are given, and which Postgres opened the volume of one that need not run.
const isBeyondALook = ({ pullPolicy, profiles, nodes, ready }: Service): boolean =>
  pullPolicy === 'always' || (profiles.length === 0 ? nodes !== undefined : ready?.protocol === 'postgres');

/** Makes one service run and answer. `inputs` is anything else that it reads only at its start. */
export async function runService(
  opened: Environment,
  name: string,
  { inputs, ...progress }: Progress & { inputs?: string; begunAt?: number },
): Promise<ServiceRow> {
  const service = await opened.service(name);
  const { environment, stateDir } = opened;
  const { [name]: image } = await opened.images([name], progress);
  if (image === undefined) throw new Error(`no image was resolved for ${name}`);
  const ensured = await ensureService(opened.engine(), await opened.stack(), name, {
    environment,
    stateDir,
    image,
    inputs,
    ...progress,
  });
  return rowOf(service, ensured);
}

function rowOf(
  service: Service,
  { action, kind, address }: Pick<ServiceRow, 'action' | 'kind'> & { address: string | undefined },
): ServiceRow {
  const { name, image, ends } = service;
  const open = openPorts(service);
  return {
    name,
    image,
    kind,
    action,
    ...(address !== undefined && { address }),
    ...(open.length > 0 && { open }),
    ...(ends === 'awaited' && { reason: 'ended with code 0' }),
  };
}
