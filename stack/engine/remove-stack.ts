import type Docker from 'dockerode';
import { refused } from '../../contracts/core/failures';
import { startOrder } from '../compose/order';
import { outlineStack } from '../compose/outline-stack';
import type { Stack } from '../compose/stack';
import { removeContainer } from './containers';
import { engineCall, engineMessage, statusOf, tolerate } from './engine-error';
import { COMPOSE_SERVICE_LABEL, ownedBy } from './labels';
import type { Progress } from './run-command';

export interface RemovedResource {
  kind: 'container' | 'network' | 'volume';
  name: string;
  action: 'removed';
}

/** Removes the stack's containers, dependants first, and its network; with `volumes` its data too. Only what carries our label. */
export function removeStack(
  engine: Docker,
  stack: Stack,
  { volumes, ...progress }: { volumes: boolean } & Progress,
): Promise<RemovedResource[]> {
  return engineCall(async () => {
    const removed = await removeContainers(engine, stack, progress);
    for (const { Id, Name } of await engine.listNetworks({ filters: ownedBy(stack) })) {
      await inUse(`Network ${Name}`, engine.getNetwork(Id).remove() as Promise<unknown>);
      removed.push({ kind: 'network', name: Name, action: 'removed' });
    }
    if (!volumes) return removed;
    const { Volumes } = await engine.listVolumes({ filters: ownedBy(stack) });
    for (const Name of (Volumes ?? []).map((volume) => volume.Name).sort()) {
      await inUse(`Volume ${Name}`, engine.getVolume(Name).remove() as Promise<unknown>);
      removed.push({ kind: 'volume', name: Name, action: 'removed' });
    }
    return removed;
  });
}

async function removeContainers(engine: Docker, stack: Stack, { signal, onProgress }: Progress) {
  const { services } = outlineStack(stack);
  const waves = startOrder(
    services,
    services.flatMap(({ profiles }) => profiles),
  ).reverse();
  const containers = await engine.listContainers({ all: true, filters: ownedBy(stack) });
  const serviceOf = (labels: Record<string, string>) => labels[COMPOSE_SERVICE_LABEL] ?? '';
  // Services that the file no longer declares go first: nothing is known of what they need.
  const strangers = containers.filter(({ Labels }) => !(serviceOf(Labels) in stack.services));
  const groups = waves.map((wave) => containers.filter(({ Labels }) => wave.includes(serviceOf(Labels))));
  const removed: RemovedResource[] = [];
  for (const group of [strangers, ...groups]) {
    signal?.throwIfAborted();
    const removals = group.map(async ({ Id, Names }): Promise<RemovedResource> => {
      const name = Names[0]?.slice(1) ?? Id;
      onProgress?.(`stopping ${name}`);
      await removeContainer(engine, Id);
      return { kind: 'container', name, action: 'removed' };
    });
    removed.push(...(await Promise.all(removals)));
  }
  return removed;
}

async function inUse(what: string, removal: Promise<unknown>): Promise<void> {
  try {
    await tolerate(removal, 404);
  } catch (error) {
    if (statusOf(error) !== 409 && statusOf(error) !== 403) throw error;
    throw refused(
      `${what} is used by something that onex-bootstrap did not make, so it stays: ${engineMessage(error)}`,
    );
  }
}
