import type Docker from 'dockerode';
import { badInput } from '../../contracts/core/failures';
import type { Service, Stack } from '../compose/stack';
import { engineMessage, statusOf, tolerate } from './engine-error';
import { notedExitCode } from './noted-exit-code';
import { portTaken } from './port-taken';
import type { Ending } from './wait-until-ready';

const PORT_TAKEN = /port is already allocated|address already in use/;
const PORT = /(?:\d+\.\d+\.\d+\.\d+|\]|:):(\d+)/;

/** Starts a container. Ask for its ending first, so that no end is missed. */
export async function startContainer(
  engine: Docker,
  stack: Stack,
  service: Service,
  containerId: string,
): Promise<void> {
  const container = engine.getContainer(containerId);
  try {
    await tolerate(container.start(), 304);
  } catch (error) {
    const message = engineMessage(error);
    if (PORT_TAKEN.test(message)) {
      const number = Number(PORT.exec(message)?.[1]);
      const port = service.ports.find(({ host }) => host === number) ?? service.ports[0];
      throw await portTaken(engine, service, port?.host ?? number);
    }
    if (statusOf(error) === 400) {
      throw badInput(
        `${service.name} cannot start: ${message}. Correct its command or image in ${stack.file ?? 'the stack'}.`,
      );
    }
    throw error;
  }
}

/** How the container's process ends next, or that the engine no longer tells. Open for ever once `signal` is aborted. */
export function endingOf(engine: Docker, containerId: string, signal: AbortSignal): Ending {
  const wait = engine
    .getContainer(containerId)
    .wait({ condition: 'next-exit', abortSignal: signal }) as Promise<{
    StatusCode: number;
  }>;
  return new Promise((resolve) => {
    wait
      // 0 may be the state of a restart that the engine's policy has begun meanwhile
      .then(({ StatusCode }) => StatusCode || notedExitCode(engine, containerId))
      .then((exitCode = 0) => resolve({ exitCode }))
      .catch((error: unknown) => signal.aborted || resolve({ lost: engineMessage(error) }));
  });
}
