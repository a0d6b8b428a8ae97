import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { borrow } from './borrow';
import { buildDevInfisical } from './dev-infisical-bundle';
import { freePort, startPostgres, startRedis, stop } from './local-services';

/** What a test may say about the server; `env` carries the other DEV_INFISICAL_* knobs (dev-infisical/settings.ts). */
export interface DevInfisicalOptions {
  generation?: 'current' | '2024';
  /** An existing database; otherwise a private Postgres is started and stopped with the server. */
  databaseUri?: string;
  redisUrl?: string;
  encryptionKey?: string;
  env?: Record<string, string>;
}

/** A running server: `output` is everything that it has logged, `restart` keeps address, database and Redis. */
export interface DevInfisical {
  url: string;
  databaseUri: string;
  redisUrl: string;
  output: () => string;
  restart: (changes?: DevInfisicalOptions) => Promise<void>;
  stop: () => Promise<void>;
}

export const TEST_ENCRYPTION_KEY = '0123456789abcdef0123456789abcdef';
const root = join(__dirname, '../..');
let bundled: Promise<string> | undefined;

/** Starts dev-infisical/main.ts as a child process (bundled as in its image) and waits for /api/status. */
export async function startDevInfisical(options: DevInfisicalOptions = {}): Promise<DevInfisical> {
  const postgres = options.databaseUri === undefined ? await startPostgres() : undefined;
  const redis = options.redisUrl === undefined ? await startRedis() : undefined;
  const databaseUri = options.databaseUri ?? postgres?.uri ?? '';
  const redisUrl = options.redisUrl ?? redis?.url ?? '';
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let current = { ...options, databaseUri, redisUrl };
  let server = await runDevInfisical(port, current);
  const stopAll = async () => {
    await stop(server.child, 'SIGTERM');
    await Promise.all([postgres?.stop(), redis?.stop()]);
  };
  try {
    await answering(url, server);
  } catch (error) {
    await stopAll();
    throw error;
  }
  return {
    url,
    databaseUri,
    redisUrl,
    output: () => server.output(),
    restart: async (changes = {}) => {
      await stop(server.child, 'SIGTERM');
      current = { ...current, ...changes };
      server = await runDevInfisical(port, current);
      await answering(url, server);
    },
    stop: stopAll,
  };
}

/** The bare process, for tests of refusals: its output and its exit. */
export async function runDevInfisical(port: number, options: DevInfisicalOptions) {
  const child = spawn(process.execPath, [await bundle()], {
    env: {
      PATH: process.env.PATH,
      HOST: '127.0.0.1',
      PORT: String(port),
      ENCRYPTION_KEY: options.encryptionKey ?? TEST_ENCRYPTION_KEY,
      AUTH_SECRET: 'auth-secret-of-a-test',
      DB_CONNECTION_URI: options.databaseUri ?? '',
      REDIS_URL: options.redisUrl ?? '',
      DEV_INFISICAL_GENERATION: options.generation ?? 'current',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  void exited.then(() => process.removeListener('exit', kill));
  return { child, exited, output: () => output };
}

async function answering(url: string, server: { child: ChildProcess; output: () => string }): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (Date.now() < deadline) {
    if (server.child.exitCode !== null) break;
    const answer = await fetch(`${url}/api/status`).catch(() => undefined);
    if (answer?.ok) return;
    await sleep(25);
  }
  throw new Error(`the development server did not start:\n${server.output()}`);
}

// Outside of jest it is one file for all processes: a temporary directory each would be left behind.
async function bundle(): Promise<string> {
  const lent = await borrow('dev-infisical');
  if (lent !== undefined) return lent.path;
  bundled ??= buildDevInfisical(join(root, 'node_modules/.cache/onex-bootstrap/dev-infisical.js'));
  return bundled;
}
