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
  /** Starts the embedded server again, should it have been killed; it keeps its port and its runs. */
  revive: () => Promise<void>;
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
  if (server.kind === 'embedded') await findTemporal(config);
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
