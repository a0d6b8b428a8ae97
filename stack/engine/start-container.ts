import type Docker from 'dockerode';
import { badInput, refused, unavailable } from '../../contracts/core/failures';
import type { Service, Stack } from '../compose/stack';
import { containerOptions, joinedNetworks, type ContainerSpec } from './container-options';
import {
  engineMeans,
  engineSaid,
  engineWords,
  NO_USER,
  statusOf,
  tolerate,
  TWO_NETWORKS,
} from './engine-error';
import { containerName } from './labels';
import { portTaken } from './ports';

/** Creates the container of a service, not started. Returns its id. */
export async function createContainer(
  engine: Docker,
  stack: Stack,
  service: Service,
  spec: ContainerSpec,
): Promise<string> {
  try {
    return (await engine.createContainer(containerOptions(stack, service, spec))).id;
  } catch (error) {
    throw engineSaid(notCreated(stack, service, error), error);
  }
}

function notCreated(stack: Stack, service: Service, error: unknown): Error {
  switch (statusOf(error)) {
    case 400:
      return badInput(
        `${service.name} cannot be created: ${engineMeans(error) ?? 'the Docker Engine does not take it as it is declared'}. Correct it in ${stack.file ?? 'the stack'}.`,
      );
    case 404:
      return unavailable(
        `${service.name} cannot be created: ${engineMeans(error) ?? 'its image or one of its networks has been removed meanwhile'}.`,
      );
    case 409:
      return refused(
        `Container ${containerName(stack, service.name)} was created by something else at the same moment. Run again.`,
      );
    default:
      return error as Error;
  }
}

const NO_ADDRESS = /cannot assign requested address/;
const PORT_TAKEN = /port is already allocated|address already in use/;
const PORT = /(?:\d+\.\d+\.\d+\.\d+|\]|:):(\d+)/;

const LEFT_OVER = /task \w+: already exists|id already in use/;

/** Whether a container did not start because of what is left of an earlier start, in which the engine was killed. */
export const isLeftOver = (error: unknown): boolean => LEFT_OVER.test(engineWords(error));

/** Starts a container. Ask for its ending first, so that no end is missed. */
export async function startContainer(
  engine: Docker,
  stack: Stack,
  service: Service,
  containerId: string,
): Promise<void> {
  try {
    await joinOtherNetworks(engine, stack, service, containerId);
    await tolerate(engine.getContainer(containerId).start(), 304);
  } catch (error) {
    if (isLeftOver(error)) throw error;
    const message = engineWords(error);
    if (PORT_TAKEN.test(message)) {
      const number = Number(PORT.exec(message)?.[1]);
      const port = service.ports.find(({ host }) => host === number) ?? service.ports[0];
      throw await portTaken(engine, service, port?.host ?? number);
    }
    if (NO_ADDRESS.test(message))
      throw badInput(
        `${service.name} cannot start: this host has none of the addresses of its ports. Correct them in ${stack.file ?? 'the stack'}: 127.0.0.1 for this host alone, 0.0.0.0 for every address.`,
      );
    throw engineSaid(notStarted(stack, service, error), error);
  }
}

function notStarted(stack: Stack, { name }: Service, error: unknown): Error {
  const status = statusOf(error);
  const meaning = engineMeans(error);
  if (meaning === TWO_NETWORKS) return unavailable(`${name} cannot start: ${meaning}.`);
  // also where the engine calls it a fault of its own
  const isDeclared = status === 400 || meaning === NO_USER;
  if (status === 500 && !isDeclared)
    return unavailable(`${name} cannot start: ${meaning ?? 'the Docker Engine reports an error'}.`);
  if (!isDeclared) return error as Error;
  return badInput(
    `${name} cannot start: ${meaning ?? 'the Docker Engine does not take it as it is declared'}. Correct its user, command or image in ${stack.file ?? 'the stack'}.`,
  );
}

/** A container is made in one network and then joins the others; a kill in between is made up for at the next start. */
async function joinOtherNetworks(engine: Docker, stack: Stack, service: Service, id: string): Promise<void> {
  const [, ...others] = joinedNetworks(stack, service);
  if (others.length === 0) return;
  const { NetworkSettings } = await engine.getContainer(id).inspect();
  for (const { engineName, endpoint } of others) {
    if (Object.hasOwn(NetworkSettings.Networks, engineName)) continue;
    await engine.getNetwork(engineName).connect({ Container: id, EndpointConfig: endpoint });
  }
}
