import type { Client } from '@temporalio/client';
import { ensureSearchAttributes } from '../worker/search-attributes';
import { createLogger, installRuntime } from '../worker/logger';
import { removeLeftovers } from '../environment/files/leftovers';
import { startWorkers, type RunningWorkers, type Served } from '../worker/start-workers';
import type { Configuration } from '../environment/configuration';
import type { CodecKeys } from '../worker/sealing/codec-keys';
import { readActivities } from '../activities/reads';
import type { Host } from '../environment/host';
import { auditOf } from './audit-of';
import type { CommandContext } from './command-context';
import { ServerMoved } from './reviving';
import {
  codecKeysFor,
  connectClient,
  findRunningTemporal,
  findTemporal,
  keepHistories,
  type TemporalServer,
} from './temporal/connect';
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
  { config, host, terminal }: CommandContext,
  environment: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  for (;;) {
    const session = await openSession(config, terminal);
    const workers = await workersOf(session, host, { first: [environment], others: 'soon' });
    let hasMoved = false;
    try {
      return await work(session);
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

export async function openSession(config: Configuration, terminal: Terminal): Promise<Session> {
  const server = await findTemporal(config, (text) => terminal.progress(text));
  const keys = await codecKeysFor(config, server.kind);
  const client = await connectClient(server, keys);
  if (server.kind === 'embedded') await keepHistories(client);
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

/** Workers in this process. */
export async function workersOf(session: Session, host: Host, served: Served): Promise<RunningWorkers> {
  const config = host.configuration;
  const logger = createLogger(config.logLevel);
  // A killed worker is followed by one that starts; tidying must not keep that one from its work.
  await removeLeftovers(config.stateRoot).catch((error: unknown) => logger.warn({ error }, 'leftovers stay'));
  const meter = installRuntime(logger, config.metricsAddress);
  const searchAttributes = await ensureSearchAttributes(session.client);
  const { keys } = session;
  const codec = keys === undefined ? 'no key' : 'ready';
  const audit = auditOf(config, (message) => logger.error(message));
  const reads = readActivities({ host, logger, codec, audit, meter });
  return startWorkers(session.server.connect, { host, logger, searchAttributes, reads, keys }, served);
}
