import type { Client } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import type { Configuration } from '../environment/configuration';
import type { CodecKeys } from '../worker/sealing/codec-keys';
import type { Host } from '../environment/host';
import { belongsToAnother, ownerOf } from '../environment/namespace-owner';
import { refused } from '../contracts/core/failures';
import { SessionLost } from './reviving';
import {
  codecKeysFor,
  connectClient,
  findRunningTemporal,
  findTemporal,
  embeddedServerOf,
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
   * @throws SessionLost where it listens elsewhere now.
   */
  revive: () => Promise<void>;
}

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
  const homes = await Promise.all(environments.map((environment) => host.homeOf(environment)));
  if (embedded !== undefined && embedded !== own && !homes.includes(embedded))
    throw refused(
      `${server.connect.connectionOptions.address} is the embedded Temporal server of the installation ${embedded}, and this one is ${own}: nothing was started there. Unset TEMPORAL_ADDRESS to use your own, or name a server that is there to be shared (docs/temporal.md).`,
    );
  const owners = await Promise.all(environments.map((environment) => ownerOf(client, environment)));
  const theirs = environments.flatMap((environment, index) => {
    const owner = owners[index];
    if (owner === undefined || owner === own || homes[index] !== undefined) return [];
    return [[environment, belongsToAnother(environment, { namespace, owner, own })] as const];
  });
  return new Map(theirs);
}

export async function openSession(host: Host, terminal: Terminal): Promise<Session> {
  const config = host.configuration;
  const server = await findTemporal(config, (text) => terminal.progress(text));
  const keys = await codecKeysFor(config, server.kind);
  const client = await connectClient(server, keys);
  if (server.kind === 'embedded') await keepHistories(client, server, await host.installation());
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

/** @throws SessionLost where the embedded server runs, and not where this session has it. Starts nothing. */
export async function assertNotMoved(config: Configuration, server: TemporalServer): Promise<void> {
  const found = await findRunningTemporal(config).catch(() => undefined);
  if (found !== undefined) assertSame(server, found);
}

function assertSame(known: TemporalServer, found: TemporalServer): void {
  const { address } = found.connect.connectionOptions;
  if (address !== undefined && address !== known.connect.connectionOptions.address)
    // somebody took its port while it was away: what knows the old one speaks to a stranger
    throw new SessionLost(`the embedded Temporal server listens on ${address} now`);
}
