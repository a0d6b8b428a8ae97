import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { aborted } from '../interrupts';
import { openSession, workersOf } from '../session';
import { watchServer } from '../temporal/watch-server';
import { declareFor } from './declare';

/** Works for every environment of this host until it is told to stop. Where none is declared, it declares the default one. */
export async function worker(context: CommandContext): Promise<ExitCode> {
  const asked = aborted(context.interrupts.take());
  const started = await Promise.race([start(context), asked]);
  if (started === 'aborted') return ExitCode.ok; // nothing works yet: there is nothing to wait for
  const { session, workers, address } = started;
  const over = new AbortController();
  const watch = watchServer(session.client, address, context.terminal.progress, over.signal);
  try {
    const end = await Promise.race([workers.stopped, asked]);
    await workers.stop();
    return end === 'aborted' ? ExitCode.ok : ExitCode.stepFailed;
  } finally {
    over.abort();
    await watch;
    await session.client.connection.close();
  }
}

async function start(context: CommandContext) {
  const { host, config, terminal } = context;
  if ((await host.environments()).length === 0) await declareFor(context, { options: {} });
  const session = await openSession(config, terminal);
  const workers = await workersOf(session, host, { first: await host.environments(), others: 'now' });
  const address = session.server.connect.connectionOptions.address ?? '';
  const names = (await host.environments()).join(', ');
  terminal.progress(`worker of ${config.host} for ${names} on ${address}; Ctrl-C stops it`);
  if (session.server.uiAddress !== undefined) terminal.progress(`Temporal UI: ${session.server.uiAddress}`);
  return { session, workers, address };
}
