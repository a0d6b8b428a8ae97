import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { openSession, workersOf } from '../session';
import { declareFor } from './declare';

/** Works for every environment of this host until it is told to stop. Where none is declared, it declares the default one. */
export async function worker(context: CommandContext): Promise<ExitCode> {
  const { host, config, terminal, detach } = context;
  if ((await host.environments()).length === 0) await declareFor(context, { options: {} });
  const session = await openSession(config, terminal);
  const workers = await workersOf(session, host, { first: await host.environments(), others: 'now' });
  const { connectionOptions } = session.server.connect;
  const names = (await host.environments()).join(', ');
  terminal.progress(`worker of ${config.host} for ${names} on ${connectionOptions.address}; Ctrl-C stops it`);
  if (session.server.uiAddress !== undefined) terminal.progress(`Temporal UI: ${session.server.uiAddress}`);
  const asked = new Promise<'asked'>((resolve) => {
    if (detach.aborted) resolve('asked');
    detach.addEventListener('abort', () => resolve('asked'));
  });
  const end = await Promise.race([workers.stopped.then(() => 'stopped' as const), asked]);
  await workers.stop();
  await session.client.connection.close();
  return end === 'asked' ? ExitCode.ok : ExitCode.stepFailed;
}
