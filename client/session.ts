import type { Client } from '@temporalio/client';
import type { ApplicationFailure, MetricMeter } from '@temporalio/common';
import { ensureSearchAttributes } from '../worker/search-attributes';
import { createLogger, installRuntime } from '../worker/logger';
import { removeLeftovers } from '../environment/files/leftovers';
import { startWorkers, type RunningWorkers, type Served } from '../worker/start-workers';
import type { Configuration } from '../environment/configuration';
import type { CodecKeys } from '../worker/sealing/codec-keys';
import { readActivities } from '../activities/reads';
import type { Host } from '../environment/host';
import { belongsToAnother, ownerOf } from '../environment/namespace-owner';
import { refused } from '../contracts/core/failures';
import { auditOf } from './audit-of';
import type { CommandContext } from './command-context';
import { ServerMoved } from './reviving';
import {
  codecKeysFor,
  connectClient,
  findRunningTemporal,
  findTemporal,
  embeddedServerOf,
  keepHistories,
  type TemporalServer,
} from './temporal/connect';
import { refusal } from './temporal/refusal';
import type { Terminal } from './terminal';

/** A command's way to Temporal. */
export interface Session {
  client: Client;
  server: TemporalServer;
  /** What seals Secrets in histories; undefined where no key is set: then none gets in. */
  keys: CodecKeys | undefined;
  /**
   * Starts the embedded server again, should it have been killed; it keeps its runs.
   * @throws ServerMoved where it listens elsewhere now.
   */
  revive: () => Promise<void>;
}

/**
 * Does the work with a session and with workers of `environment` in this process; does it again, from what the server
 * keeps, where the embedded server has moved meanwhile.
 */
export async function withWorkers<T>(
  { host, terminal }: CommandContext,
  { environment, takeOver = false }: { environment: string; takeOver?: boolean },
  work: (session: Session) => Promise<T>,
): Promise<T> {
  for (;;) {
    const session = await openSession(host, terminal);
    const theirs = await ofOthers(session, host, takeOver ? [] : [environment]);
    for (const refusal of theirs.values()) throw refusal;
    const workers = await workersOf(session, host, { first: [environment], others: 'soon' });
    let hasMoved = false;
    try {
      return await Promise.race([work(session), untilBroken(session, workers)]);
    } catch (error) {
      hasMoved = error instanceof ServerMoved;
      if (!(error instanceof ServerMoved)) throw error;
      terminal.progress(`${error.message}; going on there`);
    } finally {
      await workers.stop();
      // questions that nobody waits for any more are asked again and again: a closed channel would throw at them
      if (!hasMoved) await session.client.connection.close();
    }
  }
}

/**
 * Rejects with what makes workers stop that nobody stopped: a server that lets them in no more, for one. Those of an
 * embedded server may have met a stranger on its port, which `revive` notices.
 */
const untilBroken = async ({ server }: Session, { stopped }: RunningWorkers): Promise<never> => {
  if (server.kind === 'configured') await stopped;
  return new Promise<never>(() => {});
};

/**
 * Why environments may not be worked for here, since another installation has them in the namespace; asked before anything
 * of ours is there: an address that somebody left in this shell must not have us work among the runs of others.
 * Refused as a whole where the server is somebody else's embedded one.
 */
export async function ofOthers(
  { client, server }: Session,
  host: Host,
  environments: readonly string[],
): Promise<Map<string, ApplicationFailure>> {
  if (server.kind === 'embedded') return new Map();
  const own = await host.installation();
  const { namespace } = client.options;
  const embedded = await embeddedServerOf(client);
  if (embedded !== undefined && embedded !== own)
    throw refused(
      `${server.connect.connectionOptions.address} is the embedded Temporal server of the installation ${embedded}, and this one is ${own}: nothing was started there. Unset TEMPORAL_ADDRESS to use your own, or name a server that is there to be shared (docs/temporal.md).`,
    );
  const owners = await Promise.all(environments.map((environment) => ownerOf(client, environment)));
  const theirs = environments.flatMap((environment, index) => {
    const owner = owners[index];
    if (owner === undefined || owner === own) return [];
    return [[environment, belongsToAnother(environment, { namespace, owner, own })] as const];
  });
  return new Map(theirs);
}

export async function openSession(host: Host, terminal: Terminal): Promise<Session> {
  const config = host.configuration;
  const server = await findTemporal(config, (text) => terminal.progress(text));
  const keys = await codecKeysFor(config, server.kind);
  const client = await connectClient(server, keys);
  if (server.kind === 'embedded') await keepHistories(client, await host.installation());
  return { server, keys, client, revive: () => revive(config, server) };
}

/** A session for a look: starts and installs nothing. Undefined where the embedded server does not run. */
export async function openRunningSession(config: Configuration): Promise<Session | undefined> {
  const server = await findRunningTemporal(config);
  if (server === undefined) return undefined;
  const keys = undefined; // a look opens nothing that is sealed
  return { server, keys, client: await connectClient(server, keys), revive: () => revive(config, server) };
}

async function revive(config: Configuration, server: TemporalServer): Promise<void> {
  if (server.kind === 'embedded') assertSame(server, await findTemporal(config));
}

/** @throws ServerMoved where the embedded server runs, and not where this session has it. Starts nothing. */
export async function assertNotMoved(config: Configuration, server: TemporalServer): Promise<void> {
  const found = await findRunningTemporal(config).catch(() => undefined);
  if (found !== undefined) assertSame(server, found);
}

function assertSame(known: TemporalServer, found: TemporalServer): void {
  const { address } = found.connect.connectionOptions;
  if (address !== undefined && address !== known.connect.connectionOptions.address)
    throw new ServerMoved(address);
}

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
  const running = await startWorkers(
    session.server.connect,
    { host, logger, searchAttributes, shared, reads, keys },
    served,
  );
  const stopped = running.stopped.catch(async (error: unknown) => {
    throw (await deniedNow(session.client)) ?? error; // of a server that lets them in no more they tell nothing
  });
  stopped.catch(() => undefined); // whoever asks for it hears of it
  return { stopped, stop: () => running.stop(), meter };
}

const deniedNow = (client: Client) =>
  embeddedServerOf(client).then(
    () => undefined,
    (error: unknown) => refusal(error),
  );
