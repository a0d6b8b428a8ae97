import type { Client } from '@temporalio/client';
import type { MetricMeter } from '@temporalio/common';
import { readActivities } from '../activities/reads';
import { removeLeftovers } from '../environment/files/leftovers';
import type { Host } from '../environment/host';
import { createLogger, installRuntime } from '../worker/logger';
import { ensureSearchAttributes } from '../worker/search-attributes';
import { startWorkers, type RunningWorkers, type Served } from '../worker/start-workers';
import { auditOf } from './audit-of';
import type { Session } from './session';
import { SessionLost } from './reviving';
import { embeddedServerOf, findRunningTemporal } from './temporal/connect';
import { transportTrouble } from './temporal/access';
import { untilHung } from './temporal/hung';
import { refusal } from './temporal/refusal';

/** Workers in this process; `metricsAddress` is where their metrics are served, if anywhere. */
export async function workersOf(
  session: Session,
  host: Host,
  served: Served,
  metricsAddress?: string,
): Promise<RunningWorkers & { meter: MetricMeter }> {
  const config = host.configuration;
  const logger = createLogger(config.logLevel);
  // A killed worker is followed by one that starts; tidying must not keep that one from its work.
  await removeLeftovers(config.stateRoot).catch((error: unknown) => logger.warn({ error }, 'leftovers stay'));
  const meter = installRuntime(logger, metricsAddress);
  const searchAttributes = await ensureSearchAttributes(session.client);
  const { keys } = session;
  const codec = keys === undefined ? 'no key' : 'ready';
  const audit = auditOf(config, (message) => logger.error(message));
  const reads = readActivities({ host, logger, codec, audit, meter });
  const shared = session.server.kind === 'configured';
  const { connectionOptions } = session.server.connect;
  const running = await startWorkers(
    session.server.connect,
    { host, logger, searchAttributes, shared, reads, keys },
    served,
  ).catch((error: unknown) => {
    throw transportTrouble(error, connectionOptions.address ?? '') ?? error;
  });
  const over = new AbortController();
  // files that are being renewed may not fit together for a moment
  const reread = () =>
    findRunningTemporal(config).then(
      (found) => found?.connect.connectionOptions,
      () => undefined,
    );
  const hung = shared
    ? untilHung([session.client, running.client], { options: connectionOptions, reread }, over.signal)
    : new Promise<never>(() => {});
  const stopped = Promise.race([running.stopped, hung]).catch(async (error: unknown) => {
    if (error instanceof SessionLost) throw error;
    throw (await deniedNow(session.client)) ?? error; // of a server that lets them in no more they tell nothing
  });
  stopped.catch(() => undefined); // whoever asks for it hears of it
  const stop = () => {
    over.abort();
    return running.stop();
  };
  return { ...running, stopped, stop, meter };
}

const deniedNow = (client: Client) =>
  embeddedServerOf(client).then(
    () => undefined,
    (error: unknown) => refusal(error),
  );
