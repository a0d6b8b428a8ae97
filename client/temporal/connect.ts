import { Client, Connection } from '@temporalio/client';
import { msToTs, optionalTsToMs, tsToMs } from '@temporalio/common/lib/time';
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';
import { join } from 'node:path';
import { z } from 'zod';
import { codecKeyFile } from '../../environment/files/codec-key-file';
import { readStateFile, writeStateFile } from '../../environment/files/state-file';
import { assertWritable } from '../../environment/files/writable';
import { badInput, missingPrerequisite } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import { ensureCodecKeys, readCodecKeys, type CodecKeys } from '../../worker/sealing/codec-keys';
import { secretsPlugin } from '../../worker/sealing/secrets-plugin';
import { tlsTrouble } from './access';
import { refusal } from './refusal';
import { databaseOf, ensureDevServer, findDevServer, logOf, type DevServer } from './dev-server';
import { temporalCli } from './temporal-cli';

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])(:\d+)?$/;
// a reachable server answers in milliseconds; of our own process we know that it lives, on however busy a machine
const CONNECT_TIMEOUT_S = { configured: 10, embedded: 60 } as const;
/** For channels of our own. */
export const CHANNEL = {
  // the library's own is two minutes: whoever waits for a server that is back should not wait for that
  'grpc.max_reconnect_backoff_ms': 10_000,
  // what hangs is not shared with those that come after it
  'grpc.use_local_subchannel_pool': 1,
};
const OWNER = 'onex-bootstrap.installation'; // of a namespace's data
const TOLD_FILE = 'told.json';
const toldSchema = z.object({ pid: z.number(), installation: z.string() });
// Who looks for the reason of a failure rarely comes the same day; the server's own default is one.
const KEPT = '30 days';

/** What this machine knows of its Temporal: where the embedded one keeps its files, and what names another. */
export interface TemporalSettings {
  stateRoot: string;
  codecKeyFile: string | undefined;
  codecRequired: boolean;
  variables: ReadonlyMap<string, Secret>;
}

export type TemporalServer = { connect: ClientConnectConfig } & (
  | { kind: 'configured'; uiAddress: undefined }
  | { kind: 'embedded'; uiAddress: string; dir: string; pid: number }
);

/** The server named by TEMPORAL_ADDRESS or a profile, else the embedded one, started if need be. */
export async function findTemporal(
  settings: TemporalSettings,
  announce: (line: string) => void = () => {},
): Promise<TemporalServer> {
  const configured = configuredTemporal(settings);
  if (configured !== undefined) return configured;
  await assertWritable(settings.stateRoot);
  return embedded(
    await ensureDevServer(embeddedDir(settings), () => temporalCliOf(settings, announce)),
    embeddedDir(settings),
  );
}

/** The same for a look: undefined where the embedded one does not run. */
export async function findRunningTemporal(settings: TemporalSettings): Promise<TemporalServer | undefined> {
  const configured = configuredTemporal(settings);
  if (configured !== undefined) return configured;
  const found = await findDevServer(embeddedDir(settings));
  return found === undefined ? undefined : embedded(found, embeddedDir(settings));
}

/** Path of this machine's Temporal CLI, installed if need be. */
export function temporalCliOf(
  { stateRoot, variables }: TemporalSettings,
  announce: (line: string) => void,
): Promise<string> {
  return temporalCli(join(stateRoot, 'tools'), variables.get('PATH')?.reveal() ?? '', announce);
}

/** Where the embedded server keeps its files. */
export const embeddedDir = ({ stateRoot }: Pick<TemporalSettings, 'stateRoot'>) =>
  join(stateRoot, 'temporal');

/**
 * The keys that seal Secrets in histories: those of ONEX_CODEC_KEY_FILE; else the embedded server's own, made on first
 * use. Undefined for a server that somebody else runs: other workers there must hold the same keys, so none are made up.
 * MissingPrerequisite there where keys are required.
 */
export async function codecKeysFor(
  settings: TemporalSettings,
  kind: TemporalServer['kind'],
): Promise<CodecKeys | undefined> {
  if (settings.codecKeyFile !== undefined) return readCodecKeys(settings.codecKeyFile);
  if (kind === 'embedded') return ensureCodecKeys(codecKeyFile(settings.stateRoot));
  if (!settings.codecRequired) return undefined;
  throw missingPrerequisite(
    'ONEX_CODEC_REQUIRED is set, and there is no key that seals secrets in histories: nothing was started. Set ONEX_CODEC_KEY_FILE to the file with the keys of this Temporal namespace (docs/codec.md).',
  );
}

/** Has the embedded server remember ended runs for 30 days, and say whose it is. Each start of it is told once. */
export async function keepHistories(
  client: Client,
  { dir, pid }: { dir: string; pid: number },
  installation: string,
): Promise<void> {
  const told = await readStateFile(dir, TOLD_FILE, toldSchema).catch(() => undefined);
  if (told?.pid === pid && told.installation === installation) return;
  await tell(client, installation);
  await writeStateFile(dir, TOLD_FILE, { pid, installation });
}

async function tell(client: Client, installation: string): Promise<void> {
  const { config, namespaceInfo } = await describeNamespace(client);
  const workflowExecutionRetentionTtl = msToTs(KEPT);
  const isKept =
    optionalTsToMs(config?.workflowExecutionRetentionTtl) === tsToMs(workflowExecutionRetentionTtl);
  if (isKept && namespaceInfo?.data?.[OWNER] === installation) return;
  await client.workflowService.updateNamespace({
    namespace: client.options.namespace,
    config: { workflowExecutionRetentionTtl },
    updateInfo: { data: { [OWNER]: installation } },
  });
}

/** The installation whose embedded server this is; undefined for every other server. */
export async function embeddedServerOf(client: Client): Promise<string | undefined> {
  return (await describeNamespace(client)).namespaceInfo?.data?.[OWNER];
}

function configuredTemporal({ variables }: TemporalSettings): TemporalServer | undefined {
  const plain = Object.fromEntries([...variables].map(([key, value]) => [key, value.reveal()]));
  const connect = connectConfig(plain);
  const { address, apiKey, tls } = connect.connectionOptions;
  if (address === undefined) return undefined;
  if (apiKey !== undefined && !tls && !LOOPBACK.test(address))
    throw badInput(
      `TEMPORAL_API_KEY would go to ${address} in clear, since TEMPORAL_TLS is off: leave that out, or the key.`,
    );
  return { connect, uiAddress: undefined, kind: 'configured' };
}

function connectConfig(variables: Record<string, string>): ClientConnectConfig {
  try {
    return loadClientConnectConfig({ overrideEnvVars: variables });
  } catch (error) {
    const { code, path } = error as NodeJS.ErrnoException;
    const what = path === undefined ? '' : ` ${path} cannot be read (${code}).`;
    throw badInput(
      `The settings for the Temporal server cannot be used.${what} Check the TEMPORAL_ variables and the profile that they name (docs/temporal.md).`,
      { cause: error },
    );
  }
}

function embedded({ pid, address, uiAddress }: DevServer, dir: string): TemporalServer {
  return { connect: { connectionOptions: { address } }, uiAddress, kind: 'embedded', dir, pid };
}

/**
 * A client of the server that seals Secrets with `keys`. A server that does not answer or lets nobody like us in, and a
 * namespace that is not there or not ours to use, are told by name.
 */
export async function connectClient(server: TemporalServer, keys: CodecKeys | undefined): Promise<Client> {
  const { connectionOptions, namespace } = server.connect;
  const { address = '' } = connectionOptions;
  const at = { address, namespace: namespace ?? 'default' };
  // the client itself would try again and again what no time cures
  const trouble = connectionOptions.tls ? await tlsTrouble(connectionOptions) : undefined;
  if (trouble !== undefined) throw trouble;
  const connecting = Connection.connect({
    ...connectionOptions,
    connectTimeout: `${CONNECT_TIMEOUT_S[server.kind]}s`,
    channelArgs: CHANNEL,
  });
  const connection = await connecting.catch(async (cause: unknown) => {
    const known = refusal(cause, at) ?? (await tlsTrouble(connectionOptions));
    if (known !== undefined) throw known;
    throw missingPrerequisite(unanswered(server, address), { cause });
  });
  const client = new Client({
    connection,
    ...(namespace === undefined ? {} : { namespace }),
    plugins: [secretsPlugin({ keys })],
  });
  if (server.kind === 'configured')
    await describeNamespace(client).catch((error: unknown) => {
      throw refusal(error, at) ?? error;
    });
  return client;
}

function unanswered(server: TemporalServer, address: string): string {
  const within = `did not answer at ${address} within ${CONNECT_TIMEOUT_S[server.kind]} s`;
  return server.kind === 'embedded'
    ? `The embedded Temporal server ${within}. Its log may say why: ${logOf(server.dir)}\n` +
        ` To have the next command start it again: pkill -KILL -f ${databaseOf(server.dir)}`
    : `Temporal ${within}. Check TEMPORAL_ADDRESS or the profile, or leave them out to use the embedded server.`;
}

const describeNamespace = ({ workflowService, options: { namespace } }: Client) =>
  workflowService.describeNamespace({ namespace });
