import type Docker from 'dockerode';
import type { Stack } from '../compose/stack';
import { engineCall, tolerate } from './engine-error';
import { containerName } from './labels';

/** Has a running service read its files again (SIGHUP); one that ended meanwhile reads them at its start. */
export const signalService = (engine: Docker, stack: Stack, name: string): Promise<void> =>
  engineCall(async () => {
    await tolerate(engine.getContainer(containerName(stack, name)).kill({ signal: 'SIGHUP' }), 404, 409);
  });
