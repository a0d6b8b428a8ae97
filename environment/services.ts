import type { ApplicationFailure } from '@temporalio/common';
import { present } from '../contracts/core/record';
import type { ServiceRow } from '../contracts/run/summaries';
import { ensureService } from '../stack/engine/ensure-service';
import { observeStack } from '../stack/engine/observe-stack';
import { isStarted } from '../stack/compose/order';
import { openPorts } from '../stack/compose/ready';
import { pingEngine } from '../stack/engine/connect-engine';
import { engineTrouble } from '../stack/engine/engine-trouble';
import type { Progress } from '../stack/engine/run-command';
import type { Environment } from './environment';

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
        ? 'up would create it; no Docker Engine runs yet'
        : 'not known; the Docker Engine cannot be asked';
    return started.map(({ name, image }) => ({ name, image, kind: 'registry', action: 'skipped', reason }));
  }
  return observed.map(({ name, image, kind, would, state, detail, address }) => ({
    name,
    image,
    kind: kind ?? 'registry',
    action: would === 'keep' && state === 'ready' ? 'kept' : 'skipped',
    ...present({ address }),
    reason: `${state} (${detail}); up would ${would} it`,
  }));
}

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

/** Makes one service run and answer. `inputs` is anything else that it reads only at its start. */
export async function runService(
  opened: Environment,
  name: string,
  { inputs, ...progress }: Progress & { inputs?: string },
): Promise<ServiceRow> {
  const service = await opened.service(name);
  const { environment, stateDir } = opened;
  const { [name]: image } = await opened.images([name], progress);
  if (image === undefined) throw new Error(`no image was resolved for ${name}`);
  const { action, kind, address } = await ensureService(opened.engine(), await opened.stack(), name, {
    environment,
    stateDir,
    image,
    inputs,
    ...progress,
  });
  const open = openPorts(service);
  return {
    name,
    image: service.image,
    kind,
    action,
    ...(address !== undefined && { address }),
    ...(open.length > 0 && { open }),
    ...(service.ends === 'awaited' && { reason: 'ended with code 0' }),
  };
}
