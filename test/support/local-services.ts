import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Client } from 'pg';

/** A private Postgres on loopback, trusting every local user; `stop` removes its data. */
export async function startPostgres(): Promise<{ uri: string; port: number; stop: () => Promise<void> }> {
  const bin = findPostgres() ?? install('postgresql', findPostgres);
  const user = unprivileged('postgres');
  const dir = mkdtempSync(join(tmpdir(), 'onex-postgres-'));
  if (user) chownSync(dir, user.uid, user.gid);
  const data = join(dir, 'data');
  const options = { cwd: dir, env: { ...process.env, LC_ALL: 'C.UTF-8' }, ...user };
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'],
    {
      ...options,
      stdio: 'ignore',
    },
  );
  const port = await freePort();
  const settings = [
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=off',
    'max_connections=50',
  ];
  const flags = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
  const child = spawn(join(bin, 'postgres'), flags, { ...options, stdio: 'ignore' });
  const uri = `postgresql://postgres@127.0.0.1:${port}/postgres`;
  await until('postgres', child, async () => {
    const client = new Client({ connectionString: uri });
    try {
      await client.connect();
      await client.query('select 1');
    } finally {
      await client.end().catch(() => undefined);
    }
  });
  return { uri, port, stop: () => stop(child, 'SIGINT', dir) };
}

/** A private Redis (or Valkey) on loopback without persistence. */
export async function startRedis(): Promise<{ url: string; port: number; stop: () => Promise<void> }> {
  const bin = findRedis() ?? install('redis-server', findRedis);
  const dir = mkdtempSync(join(tmpdir(), 'onex-redis-'));
  const port = await freePort();
  const flags = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--save',
    '',
    '--appendonly',
    'no',
    '--dir',
    dir,
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
  return { url, port, stop: () => stop(child, 'SIGTERM', dir) };
}

/** A port on loopback that nothing listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
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

async function until(name: string, child: ChildProcess, probe: () => Promise<void>): Promise<void> {
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
