import type Docker from 'dockerode';
import { refused } from '../../contracts/core/failures';
import { startOrder } from '../compose/order';
import { outlineStack } from '../compose/outline-stack';
import type { Stack } from '../compose/stack';
import { engineCall, engineMessage, statusOf, tolerate } from './engine-error';
import { COMPOSE_SERVICE_LABEL, ownedBy } from './labels';
import { removeContainer } from './remove-container';
import type { Progress } from './run-command';

export interface RemovedResource {
  kind: 'container' | 'network' | 'volume';
  name: string;
  action: 'stopped' | 'removed';
}

/** Stops the stack's containers, dependants first. Everything stays where it is. */
export function stopStack(engine: Docker, stack: Stack, progress: Progress = {}): Promise<RemovedResource[]> {
  return engineCall(() =>
    eachWave(engine, stack, progress, async (id, name, running) => {
      if (!running) return [];
      await tolerate(engine.getContainer(id).stop(), 304, 404);
      return [{ kind: 'container', name, action: 'stopped' }];
    }),
  );
}

/** Removes the stack's containers and network, with `volumes` its data too. Only what carries our label. */
export function removeStack(
  engine: Docker,
  stack: Stack,
  { volumes, ...progress }: { volumes: boolean } & Progress,
): Promise<RemovedResource[]> {
  return engineCall(async () => {
    const removed = await eachWave(engine, stack, progress, async (id, name) => {
      await removeContainer(engine, id);
      return [{ kind: 'container', name, action: 'removed' }];
    });
    for (const { Id, Name } of await engine.listNetworks({ filters: ownedBy(stack) })) {
      await inUse(`Network ${Name}`, tolerate(engine.getNetwork(Id).remove() as Promise<unknown>, 404));
      removed.push({ kind: 'network', name: Name, action: 'removed' });
    }
    if (!volumes) return removed;
    const { Volumes } = await engine.listVolumes({ filters: ownedBy(stack) });
    for (const Name of (Volumes ?? []).map((volume) => volume.Name).sort()) {
      await inUse(`Volume ${Name}`, tolerate(engine.getVolume(Name).remove() as Promise<unknown>, 404));
      removed.push({ kind: 'volume', name: Name, action: 'removed' });
    }
    return removed;
  });
}

type Act = (id: string, name: string, running: boolean) => Promise<RemovedResource[]>;

async function eachWave(engine: Docker, stack: Stack, { signal, onProgress }: Progress, act: Act) {
  const profiles = Object.values(stack.services).flatMap((service) => service.profiles);
  const waves = startOrder(outlineStack(stack).services, profiles).reverse();
  const containers = await engine.listContainers({ all: true, filters: ownedBy(stack) });
  const known = new Set(waves.flat());
  const serviceOf = (labels: Record<string, string>) => labels[COMPOSE_SERVICE_LABEL] ?? '';
  // Services that the file no longer declares go first: nothing is known of what they need.
  const strangers = containers.filter(({ Labels }) => !known.has(serviceOf(Labels)));
  const groups = [
    strangers,
    ...waves.map((wave) => containers.filter(({ Labels }) => wave.includes(serviceOf(Labels)))),
  ];
  const done: RemovedResource[] = [];
  for (const group of groups) {
    signal?.throwIfAborted();
    const results = await Promise.all(
      group.map(({ Id, Names, State }) => {
        const name = Names[0]?.slice(1) ?? Id;
        onProgress?.(`stopping ${name}`);
        return act(Id, name, State === 'running' || State === 'restarting' || State === 'paused');
      }),
    );
    done.push(...results.flat());
  }
  return done;
}

async function inUse(what: string, removal: Promise<unknown>): Promise<void> {
  try {
    await removal;
  } catch (error) {
    if (statusOf(error) !== 409 && statusOf(error) !== 403) throw error;
    throw refused(`${what} is used by something that is not ours and stays: ${engineMessage(error)}`);
  }
}
