import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { join } from 'node:path';
import type { Configuration } from '../../contracts/settings/configuration';
import { missingPrerequisite } from '../../contracts/core/failures';
import { ensureDevServer } from './dev-server';
import { temporalCli } from './temporal-cli';

const CONNECT_TIMEOUT = '10s'; // a reachable server answers in milliseconds

export interface TemporalServer {
  connect: ClientConnectConfig;
  /** Where the UI is; unknown for a server that somebody else runs. */
  uiAddress: string | undefined;
  kind: 'configured' | 'embedded';
}

/** The server named by TEMPORAL_ADDRESS or a profile, else the embedded one, started if need be. */
export async function findTemporal(
  config: Configuration,
  announce: (line: string) => void = () => {},
): Promise<TemporalServer> {
  const plain = Object.fromEntries([...config.variables].map(([key, value]) => [key, value.reveal()]));
  const configured = loadClientConnectConfig({ overrideEnvVars: plain });
  if (configured.connectionOptions.address !== undefined) {
    return { connect: configured, uiAddress: undefined, kind: 'configured' };
  }
  const dir = join(config.stateRoot, 'temporal');
  const cli = () => temporalCli(join(config.stateRoot, 'tools'), plain['PATH'] ?? '', announce);
  const { address, uiAddress } = await ensureDevServer(dir, cli);
  return { connect: { connectionOptions: { address } }, uiAddress, kind: 'embedded' };
}

/** A client of the server; an unreachable one is a missing prerequisite that names the address. */
export async function connectClient(server: TemporalServer): Promise<Client> {
  const { connectionOptions, namespace } = server.connect;
  try {
    const connection = await Connection.connect({ ...connectionOptions, connectTimeout: CONNECT_TIMEOUT });
    return new Client({ connection, ...(namespace === undefined ? {} : { namespace }) });
  } catch (cause) {
    throw missingPrerequisite(
      `Temporal does not answer at ${connectionOptions.address}. Check TEMPORAL_ADDRESS or the profile, or leave them out to use the embedded server.`,
      { cause },
    );
  }
}
