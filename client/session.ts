import type { Client } from '@temporalio/client';
import { ensureSearchAttributes } from '../worker/search-attributes';
import { createLogger, installRuntime } from '../worker/logger';
import { startWorkers, type RunningWorkers } from '../worker/start-workers';
import type { Configuration } from '../contracts/settings/configuration';
import { connectClient, findRunningTemporal, findTemporal, type TemporalServer } from './temporal/connect';
import type { Terminal } from './terminal';

/** A command's way to Temporal. */
export interface Session {
  client: Client;
  server: TemporalServer;
  /** Starts the embedded server again, should it have been killed; it keeps its port and its runs. */
  revive: () => Promise<void>;
}

export async function openSession(config: Configuration, terminal: Terminal): Promise<Session> {
  const server = await findTemporal(config, (text) => terminal.progress(text));
  return { server, client: await connectClient(server), revive: () => revive(config, server) };
}

/** A session for a look: starts and installs nothing. Undefined where the embedded server does not run. */
export async function openRunningSession(config: Configuration): Promise<Session | undefined> {
  const server = await findRunningTemporal(config);
  if (server === undefined) return undefined;
  return { server, client: await connectClient(server), revive: () => revive(config, server) };
}

async function revive(config: Configuration, server: TemporalServer): Promise<void> {
  if (server.kind === 'embedded') await findTemporal(config);
}

/** Workers in this process, for the shared queue and for this host. */
export async function workersOf(session: Session, config: Configuration): Promise<RunningWorkers> {
  const logger = createLogger(config.logLevel);
  installRuntime(logger);
  const searchAttributes = await ensureSearchAttributes(session.client);
  return startWorkers(session.server.connect, { config, logger, searchAttributes });
}
