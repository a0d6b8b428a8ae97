import type Docker from 'dockerode';
import type { ContainerInfo } from 'dockerode';
import { dirname } from 'node:path';
import { refused } from '../../contracts/core/failures';
import { findCycle, startOrder, type Ordered } from '../compose/order';
import { removeContainer } from './containers';
import { engineCall, engineSaid, statusOf, tolerate } from './engine-error';
import {
  COMPOSE_SERVICE_LABEL,
  DEPENDS_ON_LABEL,
  ENVIRONMENT_LABEL,
  INSTALLATION_LABEL,
  PROJECT_LABEL,
} from './labels';
import { aliveElsewhere } from './volume-owner';
import type { Progress } from './run-command';

export interface RemovedResource {
  kind: 'container' | 'network' | 'volume';
  name: string;
  action: 'removed';
}

/** An environment: what it made by the tag of its installation, and what has the name of its stack now. */
export interface Owner {
  environment: string;
  tag: string;
  project: string | undefined;
}

/**
 * Removes an environment's containers, dependants first, and networks; with `volumes` its data too. What is its own is
 * told by labels: neither another stack file nor one that cannot be read leaves something behind.
 */
export function removeStack(
  engine: Docker,
  owner: Owner,
  { volumes, ...progress }: { volumes: boolean } & Progress,
): Promise<RemovedResource[]> {
  return engineCall(async () => {
    const { containers, networks, volumes: names, elsewhere } = await findOwned(engine, owner);
    if (elsewhere !== undefined)
      progress.onProgress?.(
        `${owner.project} was made in ${elsewhere}, which is still there, so it stays. To take it down: ONEX_STATE_DIR=${dirname(elsewhere)} onex-bootstrap down -e ${owner.environment}`,
      );
    const removed = await removeContainers(engine, containers, progress);
    for (const { Id, Name } of networks) {
      await inUse(`Network ${Name}`, engine.getNetwork(Id).remove() as Promise<unknown>);
      removed.push({ kind: 'network', name: Name, action: 'removed' });
    }
    for (const Name of volumes ? names : []) {
      await inUse(`Volume ${Name}`, engine.getVolume(Name).remove() as Promise<unknown>);
      removed.push({ kind: 'volume', name: Name, action: 'removed' });
    }
    return removed;
  });
}

/**
 * What an environment has at the engine; volumes by name, sorted. What has the name of its stack, and was made by another
 * installation whose state is still there (`elsewhere`), is not its own.
 */
export async function findOwned(engine: Docker, { environment, tag, project }: Owner) {
  const filters = { label: [PROJECT_LABEL, `${ENVIRONMENT_LABEL}=${environment}`] };
  const [containers, networks, { Volumes }] = await Promise.all([
    engine.listContainers({ all: true, filters }),
    engine.listNetworks({ filters }),
    engine.listVolumes({ filters }),
  ]);
  const namesakes = (Volumes ?? []).filter(({ Labels }) => Labels?.[PROJECT_LABEL] === project);
  const others = await Promise.all(namesakes.map(({ Labels }) => aliveElsewhere(Labels, tag)));
  const elsewhere = others.find((dir) => dir !== undefined);
  const isOwn = ({ Labels }: { Labels?: Record<string, string> | null | undefined }) =>
    Labels?.[INSTALLATION_LABEL] === tag || (elsewhere === undefined && Labels?.[PROJECT_LABEL] === project);
  return {
    elsewhere,
    containers: containers.filter(isOwn),
    networks: networks.filter(isOwn),
    volumes: (Volumes ?? [])
      .filter(isOwn)
      .map(({ Name }) => Name)
      .sort(),
  };
}

async function removeContainers(
  engine: Docker,
  containers: ContainerInfo[],
  { signal, onProgress }: Progress,
): Promise<RemovedResource[]> {
  const removed: RemovedResource[] = [];
  for (const wave of inWaves(containers)) {
    signal?.throwIfAborted();
    const removals = wave.map(async ({ Id, Names }): Promise<RemovedResource> => {
      const name = Names[0]?.slice(1) ?? Id;
      onProgress?.(`stopping ${name}`);
      await removeContainer(engine, Id);
      return { kind: 'container', name, action: 'removed' };
    });
    removed.push(...(await Promise.all(removals)));
  }
  return removed;
}

/** Dependants first, by what the containers were made with; all at once where several files say the opposite. */
function inWaves(containers: ContainerInfo[]): ContainerInfo[][] {
  const keyOf = ({ Labels }: ContainerInfo, service: string) => `${Labels[PROJECT_LABEL]}/${service}`;
  const named = containers.map((container) => ({
    container,
    name: keyOf(container, container.Labels[COMPOSE_SERVICE_LABEL] ?? container.Id),
  }));
  const services = named.map(({ container, name }): Ordered => ({
    name,
    profiles: [],
    dependsOn: (container.Labels[DEPENDS_ON_LABEL] ?? '')
      .split(',')
      .filter(Boolean)
      .map((entry) => keyOf(container, entry.split(':')[0]!)),
  }));
  if (findCycle(services) !== undefined) return [containers];
  const waves = startOrder(services).reverse();
  return waves.map((wave) =>
    named.filter(({ name }) => wave.includes(name)).map(({ container }) => container),
  );
}

async function inUse(what: string, removal: Promise<unknown>): Promise<void> {
  try {
    await tolerate(removal, 404);
  } catch (error) {
    if (statusOf(error) !== 409 && statusOf(error) !== 403) throw error;
    throw engineSaid(
      refused(`${what} is used by something that onex-bootstrap did not make, so it stays.`),
      error,
    );
  }
}
