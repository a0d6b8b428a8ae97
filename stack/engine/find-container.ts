import type Docker from 'dockerode';
import type { ContainerInfo } from 'dockerode';
import { refused } from '../../contracts/core/failures';
import type { ObservedContainer } from '../compose/plan-container';
import type { Stack } from '../compose/stack';
import { kindOfLabels, type ImageKind } from '../images/image-kind';
import { containerName } from './engine-names';
import { COMPOSE_PROJECT_LABEL, HASH_LABEL, PROJECT_LABEL } from './labels';

export interface FoundContainer extends ObservedContainer {
  kind: ImageKind;
  imageId: string;
  /** The engine's own words, e.g. `Up 3 minutes (healthy)`. */
  status: string;
}

/** The container of a service, or undefined. One of that name that is not ours is refused. */
export async function findContainer(
  engine: Docker,
  stack: Stack,
  service: string,
): Promise<FoundContainer | undefined> {
  const name = containerName(stack, service);
  const listed = await engine.listContainers({ all: true, filters: { name: [`^/${name}$`] } });
  const container = listed.find(({ Names }) => Names.includes(`/${name}`));
  if (container === undefined) return undefined;
  if (container.Labels[PROJECT_LABEL] !== stack.name) throw foreign(name, stack, container);
  return {
    id: container.Id,
    state: container.State,
    configHash: container.Labels[HASH_LABEL],
    kind: kindOfLabels(container.Labels),
    imageId: container.ImageID,
    status: container.Status,
  };
}

function foreign(name: string, stack: Stack, container: ContainerInfo) {
  const id = container.Id.slice(0, 12);
  return container.Labels[COMPOSE_PROJECT_LABEL] === stack.name
    ? refused(
        `Container ${name} (${id}) was made by docker compose, not by onex-bootstrap. Remove it and run again; its volumes stay: docker compose -p ${stack.name} down`,
      )
    : refused(
        `Container ${name} (${id}, image ${container.Image}) is not ours. Rename or remove it and run again: docker rename ${name} ${name}-old`,
      );
}
