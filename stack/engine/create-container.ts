import type Docker from 'dockerode';
import { badInput, refused, unavailable } from '../../contracts/core/failures';
import type { Service, Stack } from '../compose/stack';
import { containerOptions } from './container-options';
import { engineMessage, statusOf } from './engine-error';
import { containerName } from './engine-names';

/** Creates the container of a service, not started. Returns its id. */
export async function createContainer(
  engine: Docker,
  stack: Stack,
  service: Service,
  spec: { image: string; labels: Record<string, string> },
): Promise<string> {
  try {
    const { id } = await engine.createContainer(containerOptions(stack, service, spec));
    return id;
  } catch (error) {
    const message = engineMessage(error);
    switch (statusOf(error)) {
      case 400:
        throw badInput(`${service.name} cannot be created: ${message}`);
      case 404:
        throw unavailable(`${service.name} cannot be created: ${message} (the image went away meanwhile)`);
      case 409:
        throw refused(
          `Container ${containerName(stack, service.name)} was made by somebody else at this moment: ${message}. Run again.`,
        );
      default:
        throw error;
    }
  }
}
