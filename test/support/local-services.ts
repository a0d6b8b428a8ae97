import { randomInt } from 'node:crypto';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { borrow } from './borrow';

/** Databases of a Postgres on loopback that trusts every local user. */
export interface Postgres {
  /** Of an empty database. */
  uri: string;
  /** The address of another one. */
  newDatabase: () => Promise<string>;
  stop: () => Promise<void>;
}

/** Databases of the Redis (or Valkey) on loopback, without persistence. */
export interface RedisServer {
  url: string;
  newDatabase: () => Promise<string>;
  stop: () => Promise<void>;
}

const nothingToStop = () => Promise.resolve();

/** Databases of the server that all tests share, where there is one; else of a server of its own. */
export async function startPostgres(): Promise<Postgres> {
  const lent = await borrow('postgres');
  if (lent === undefined) return startOwnPostgres();
  const newDatabase = async () => (await borrow('postgres'))?.uri ?? '';
  return { uri: lent.uri, newDatabase, stop: nothingToStop };
}

/** The same of Redis. */
export async function startRedis(): Promise<RedisServer> {
  const lent = await borrow('redis');
  if (lent === undefined) return startOwnRedis();
  const newDatabase = async () => (await borrow('redis'))?.url ?? '';
  return { url: lent.url, newDatabase, stop: nothingToStop };
}

/** `stop` removes its data. */
export async function startOwnPostgres(): Promise<Postgres> {
  const bin = findPostgres() ?? install('postgresql', findPostgres);
  const user = unprivileged('postgres');
  const dir = mkdtempSync(join(tmpdir(), 'onex-postgres-'));
  if (user) chownSync(dir, user.uid, user.gid);
  const data = join(dir, 'data');
  const options = { cwd: dir, env: { ...process.env, LC_ALL: 'C.UTF-8' }, ...user };
  const initdb = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  execFileSync(join(bin, 'initdb'), initdb, { ...options, stdio: 'ignore' });
  const port = await freePort();
  const settings = [
    ...['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=300'],
    ...['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'],
  ];
  const flags = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const child = spawn(join(bin, 'postgres'), flags, { ...options, stdio: 'ignore' });
  const uriOf = (database: string) => `postgresql://postgres@127.0.0.1:${port}/${database}`;
  const ask = async (sql: string) => {
    const client = new Client({ connectionString: uriOf('postgres') });
    try {
      await client.connect();
      await client.query(sql);
    } finally {
      await client.end().catch(() => undefined);
    }
  };
  await until('postgres', child, () => ask('select 1'));
  let databases = 0;
  const newDatabase = async () => {
    const name = `test${++databases}`;
    await ask(`CREATE DATABASE ${name}`);
    return uriOf(name);
  };
  return { uri: uriOf('postgres'), newDatabase, stop: () => stop(child, 'SIGINT', dir) };
}

/** `stop` ends it. */
export async function startOwnRedis(): Promise<RedisServer> {
  const bin = findRedis() ?? install('redis-server', findRedis);
  const dir = mkdtempSync(join(tmpdir(), 'onex-redis-'));
  const port = await freePort();
  const flags = [
    ...['--port', String(port), '--bind', '127.0.0.1', '--databases', '4096'],
    ...['--save', '', '--appendonly', 'no', '--dir', dir],
  ];
  const child = spawn(bin, flags, { stdio: 'ignore' });
  const url = `redis://127.0.0.1:${port}`;
  await until('redis-server', child, async () => {
    const client = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.ping();
    } finally {
      client.disconnect();
    }
  });
  let databases = 0;
  const newDatabase = () => Promise.resolve(`${url}/${++databases}`);
  return { url, newDatabase, stop: () => stop(child, 'SIGTERM', dir) };
}

// Below what the system gives out by itself (ip_local_port_range): no connection and no Temporal server takes it meanwhile.
const [FIRST_PORT, PORTS] = [15_000, 15_000];

const handedOut = new Set<number>();

/** A port on loopback that nothing listens on at this moment, and that nobody is given unasked, nor twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(FIRST_PORT + randomInt(PORTS), '127.0.0.1');
    const port = await once(server, 'listening').then(
      () => (server.address() as AddressInfo).port,
      () => undefined, // taken
    );
    if (port === undefined) continue;
    server.close();
    await once(server, 'close');
    if (handedOut.has(port)) continue;
    handedOut.add(port);
    return port;
  }
}

/** Ends a child started by a test, waits for it, removes its directory. */
export async function stop(child: ChildProcess, signal: NodeJS.Signals, dir?: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await Promise.race([exited, sleep(10_000, undefined, { ref: false }).then(() => child.kill('SIGKILL'))]);
  }
  if (dir) rmSync(dir, { recursive: true, force: true });
}

/** Waits until a child that was started answers. @throws where it ends first, or is silent for 30 s. */
export async function until(name: string, child: ChildProcess, probe: () => Promise<void>): Promise<void> {
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.removeListener('exit', kill));
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return await probe();
    } catch (cause) {
      if (child.exitCode !== null) throw new Error(`${name} exited with ${child.exitCode}`, { cause });
      if (Date.now() > deadline) throw new Error(`${name} did not answer within 30 s`, { cause });
      await sleep(50);
    }
  }
}

function findPostgres(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return versions
    .map((version) => join(root, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'postgres')));
}

function findRedis(): string | undefined {
  return ['/usr/bin/valkey-server', '/usr/bin/redis-server'].find((path) => existsSync(path));
}

function install(pkg: string, find: () => string | undefined): string {
  const remedy = `tests need Debian's ${pkg}: apt-get install -y ${pkg}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(remedy);
  // RUNLEVEL=1 keeps the package from starting its own system-wide server.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = ['-o', 'DPkg::Lock::Timeout=120', '-qq'];
  execFileSync('apt-get', [...apt, 'update'], { env, stdio: 'ignore' });
  execFileSync('apt-get', [...apt, 'install', '-y', '--no-install-recommends', pkg], {
    env,
    stdio: 'ignore',
  });
  const found = find();
  if (!found) throw new Error(remedy);
  return found;
}

// Postgres refuses to run as root: the package's own user runs it then.
function unprivileged(name: string): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const id = (flag: string) => Number(execFileSync('id', [flag, name], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}
