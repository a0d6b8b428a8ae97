import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { SEARCH_ATTRIBUTES } from '../../contracts/core/names';
import { missingPrerequisite } from '../../contracts/core/failures';
import { freePort } from './free-port';

const START_TIMEOUT_MS = 30_000; // a first start takes under 1 s; a loaded machine is allowed more
const serverFile = z.object({ pid: z.number(), port: z.number(), uiPort: z.number() });

export interface DevServer {
  address: string;
  uiAddress: string;
  action: 'found' | 'started';
}

/**
 * The embedded Temporal server. It runs detached and keeps its SQLite file in `dir`, so that runs survive the end
 * of this process and of the server. A server that is already running there is used.
 */
export async function ensureDevServer(dir: string, cli: () => Promise<string>): Promise<DevServer> {
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const known = await readServer(dir);
  if (known !== undefined && alive(known.pid) && (await answers(known.port))) return server(known, 'found');
  const port = await freePort(known?.port ?? 7233);
  const uiPort = await freePort(known?.uiPort ?? 8233);
  const log = await open(join(dir, 'server.log'), 'a', 0o600);
  const child = spawn(await cli(), devServerArguments(dir, port, uiPort), {
    detached: true,
    stdio: ['ignore', log.fd, log.fd],
  });
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  await log.close();
  const started = { pid: child.pid ?? 0, port, uiPort };
  await writeFile(join(dir, 'server.json'), JSON.stringify(started), { mode: 0o600 });
  for (const deadline = Date.now() + START_TIMEOUT_MS; !(await answers(port)); await sleep(50)) {
    if (!alive(started.pid) || Date.now() > deadline) throw await neverAnswered(dir, port);
  }
  return server(started, 'started');
}

/** Stops the embedded server of `dir`; its runs stay in the SQLite file. False where none runs. */
export async function stopDevServer(dir: string): Promise<boolean> {
  const known = await readServer(dir);
  if (known === undefined || !alive(known.pid)) return false;
  process.kill(known.pid, 'SIGTERM');
  for (let tries = 0; alive(known.pid) && tries < 100; tries++) await sleep(50);
  await rm(join(dir, 'server.json'), { force: true });
  return true;
}

function devServerArguments(dir: string, port: number, uiPort: number): string[] {
  return [
    'server',
    'start-dev',
    ...['--ip', '127.0.0.1', '--port', `${port}`, '--ui-port', `${uiPort}`],
    ...['--db-filename', join(dir, 'temporal.db'), '--log-level', 'warn'],
    // WAL halves the write latency of the file (temporal.md §1); NORMAL still survives a killed process.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...SEARCH_ATTRIBUTES.flatMap((name) => ['--search-attribute', `${name}=Keyword`]),
  ];
}

async function readServer(dir: string) {
  const text = await readFile(join(dir, 'server.json'), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return serverFile.parse(JSON.parse(text));
  } catch {
    return undefined; // cut short by a crash: the ports are only a preference
  }
}

function server({ port, uiPort }: { port: number; uiPort: number }, action: DevServer['action']): DevServer {
  return { address: `127.0.0.1:${port}`, uiAddress: `http://127.0.0.1:${uiPort}`, action };
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

async function neverAnswered(dir: string, port: number) {
  const log = await readFile(join(dir, 'server.log'), 'utf8').catch(() => '');
  const tail = log.trim().split('\n').slice(-5).join('\n');
  return missingPrerequisite(
    `The embedded Temporal server did not answer on 127.0.0.1:${port} within ${START_TIMEOUT_MS / 1000} s.\n${tail}\n` +
      `Its log: ${join(dirname(dir), 'temporal', 'server.log')}. If the file was written by another version of the CLI, move ${join(dir, 'temporal.db')} away: only run histories are in it.`,
  );
}
