import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { openSession, workersOf } from '../session';

/** Works until it is told to stop; the default of every workflow's input is this worker's configuration. */
export async function worker({ config, terminal, detach }: CommandContext): Promise<ExitCode> {
  const session = await openSession(config, terminal);
  const workers = await workersOf(session, config);
  const { connectionOptions } = session.server.connect;
  terminal.progress(`worker of host ${config.host} on ${connectionOptions.address}; Ctrl-C stops it`);
  if (session.server.uiAddress !== undefined) terminal.progress(`Temporal UI: ${session.server.uiAddress}`);
  const asked = new Promise<'asked'>((resolve) => detach.addEventListener('abort', () => resolve('asked')));
  const end = await Promise.race([workers.stopped.then(() => 'stopped' as const), asked]);
  await workers.stop();
  await session.client.connection.close();
  return end === 'asked' ? ExitCode.ok : ExitCode.stepFailed;
}
