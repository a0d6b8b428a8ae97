import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { aborted } from '../interrupts';
import { showGauges } from '../metrics/gauges';
import { gaugeSources } from '../metrics/sources';
import { SessionLost } from '../reviving';
import { workersOf } from '../own-workers';
import { assertNotMoved, openSession, ofOthers } from '../session';
import { tlsTrouble } from '../temporal/access';
import { watchServer } from '../temporal/watch-server';
import { refuseTwin, twinsOf, watchTwins } from '../twins';
import { declareFor } from './declare';
import { serveJoined } from './join';

/**
 * Works for every environment of this host until it is told to stop, also where the embedded server has moved to, and anew
 * where a connection to another one hangs. Where none is declared, it declares the default one, with stand-ins for images
 * only where ONEX_LOCAL_IMAGES asks for them.
 */
export async function worker(context: CommandContext): Promise<ExitCode> {
  const asked = aborted(context.interrupts.take());
  for (;;) {
    const started = await Promise.race([start(context), asked]);
    if (started === 'aborted') return ExitCode.ok; // nothing works yet: there is nothing to wait for
    const end = await serve(context, started, asked);
    if (end !== 'lost') return end === 'asked to stop' ? ExitCode.ok : ExitCode.stepFailed;
  }
}

async function start(context: CommandContext) {
  const { host, config, terminal } = context;
  if ((await host.environments()).length === 0) await declareFor(context, { options: {} });
  const session = await openSession(host, terminal);
  const all = await host.environments();
  const theirs = await ofOthers(session, host, all);
  const first = all.filter((environment) => !theirs.has(environment));
  for (const refusal of theirs.values()) {
    if (first.length === 0) throw refusal;
    terminal.progress(`not served: ${refusal.message}`);
  }
  const twins = await twinsOf(session, host, first[0]);
  await refuseTwin(twins, terminal.progress);
  const workers = await workersOf(session, host, { first, others: 'now' }, config.metricsAddress);
  await serveJoined(session, context);
  const address = session.server.connect.connectionOptions.address ?? '';
  const names = first.join(', ');
  terminal.progress(`worker of ${config.host} for ${names} on ${address}; Ctrl-C stops it`);
  if (session.server.uiAddress !== undefined) terminal.progress(`Temporal UI: ${session.server.uiAddress}`);
  return { session, workers, address, twins };
}

async function serve(
  context: CommandContext,
  { session, workers, address, twins }: Awaited<ReturnType<typeof start>>,
  asked: Promise<'aborted'>,
): Promise<'asked to stop' | 'stopped' | 'lost'> {
  const { config, host, terminal } = context;
  const over = new AbortController();
  const look = () => assertNotMoved(config, session.server);
  // a run of the home has gone without this host meanwhile
  const back = () => serveJoined(session, context, 'back');
  const why = async () => {
    const { tls, ...options } = session.server.connect.connectionOptions;
    return tls ? (await tlsTrouble({ ...options, tls }))?.message : undefined;
  };
  const watch = watchServer(session.client, { address, look, why, back }, terminal.progress, over.signal);
  const twinsWatch = watchTwins(twins, terminal.progress, over.signal);
  const own = session.server.kind === 'configured' ? await host.installation() : undefined;
  const sources = gaugeSources(session.client, own);
  if (config.metricsAddress !== undefined) void showGauges(host, workers.meter, sources, over.signal);
  let isLost = false;
  try {
    const stopped = Promise.race([workers.stopped, watch]).then(
      () => 'stopped' as const,
      (error: unknown) => {
        if (!(error instanceof SessionLost)) throw error;
        isLost = true;
        terminal.progress(`${error.message}; the worker goes on anew`);
        return 'lost' as const;
      },
    );
    const end = await Promise.race([stopped, asked]);
    await workers.stop();
    return end === 'aborted' ? 'asked to stop' : end;
  } finally {
    over.abort();
    await watch.catch(() => undefined); // it has been told
    await twinsWatch;
    // what is asked on a lost one is asked again and again for a while: a closed channel would throw at that
    if (!isLost) await session.client.connection.close();
  }
}
