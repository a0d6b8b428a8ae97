import { spawn } from 'node:child_process';
import { open, readFile, readdir, stat } from 'node:fs/promises';
import { connect, createServer, type AddressInfo } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { missingPrerequisite } from '../../contracts/core/failures';
import { ATTRIBUTE_TYPES } from '../../contracts/core/names';
import { waitFor } from '../../contracts/core/wait-for';
import { ownFolder } from '../../environment/files/own-folder';
import { hasOneOf, listenersOn } from '../../environment/network/listeners';
import { withLock } from '../../environment/files/locks';
import { assertKnownVersion, readSecretFile, writeStateFile } from '../../environment/files/state-file';
import { isAlive } from '../../environment/files/system';

/** The embedded server's files in its folder. */
export const databaseOf = (dir: string) => join(dir, 'temporal.db');
export const logOf = (dir: string) => join(dir, 'server.log');
const SERVER_FILE = 'server.json';
const HOST = '127.0.0.1';
const DEFAULT_PORTS = { port: 7233, uiPort: 8233 };
const START_TIMEOUT_MS = 30_000; // a first start takes under 1 s; a loaded machine is allowed more
const STOP_TIMEOUT_MS = 5_000;
const LAST_BREATH_MS = 500; // a killed server holds its port for a moment; runs that go on know it by that port
const MOST_TRIES = 3;

/**
 * Settings of a server that serves one machine. Made for a shard among many, it looks for tasks 20 times a second at most, and
 * for timers a second late, lest the clocks of its hosts differ: a step waited up to 50 ms twice, and a try after 250 ms up to 1.25 s.
 */
export const QUICK = [
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxTimeShift="50ms"',
];

const serverFileSchema = z.object({ pid: z.number().optional(), port: z.number(), uiPort: z.number() });

/** Where the embedded server listens, and its process; no process yet where its start is under way. */
type ServerFile = z.infer<typeof serverFileSchema>;
type RunningServer = ServerFile & { pid: number };

export interface DevServer {
  pid: number;
  address: string;
  uiAddress: string;
  action: 'found' | 'started';
}

/**
 * The embedded Temporal server. It runs detached and keeps its SQLite file in `dir`, so that runs survive the end
 * of this process and of the server. A server that is already running there is used; starts take turns.
 */
export async function ensureDevServer(dir: string, cli: () => Promise<string>): Promise<DevServer> {
  const found = await findDevServer(dir);
  if (found !== undefined) return found;
  await ownFolder(dir);
  const startOnce = async () => (await findDevServer(dir)) ?? start(dir, await cli());
  // One server a file; and two installations of a user must not choose the same free port.
  const ofUser = join(homedir(), '.onex-bootstrap');
  const taken = await ownFolder(ofUser).then(
    () => join(ofUser, 'ports.lock'),
    () => undefined, // a user without a home
  );
  return withLock(join(dir, 'start.lock'), () =>
    taken === undefined ? startOnce() : withLock(taken, startOnce),
  );
}

/** The embedded server of `dir` if it runs. */
export async function findDevServer(dir: string): Promise<DevServer | undefined> {
  const running = await runningServer(dir);
  if (running === undefined) return undefined;
  return (await answersWithin(START_TIMEOUT_MS, running)) ? server(running, 'found') : undefined;
}

/** Stops the embedded server of `dir`; its runs stay in the SQLite file. False where none runs. */
export async function stopDevServer(dir: string): Promise<boolean> {
  const { pid } = (await runningServer(dir)) ?? {};
  if (pid === undefined) return false;
  process.kill(pid, 'SIGTERM');
  await waitFor(() => !isAlive(pid) || undefined, { forMs: STOP_TIMEOUT_MS });
  return true;
}

/** What is noted in `dir`. Undefined where nothing is, or it is damaged: it is a preference. Refused where a newer release wrote it. */
export async function readServerFile(dir: string): Promise<ServerFile | undefined> {
  const path = join(dir, SERVER_FILE);
  const text = await readSecretFile(path);
  let json: unknown;
  try {
    json = text && JSON.parse(text.reveal());
  } catch {
    return undefined;
  }
  assertKnownVersion(path, json); // a second server on its database would damage it
  return serverFileSchema.safeParse(json).data;
}

export const writeServerFile = (dir: string, known: ServerFile) => writeStateFile(dir, SERVER_FILE, known);

/** The wanted port of 127.0.0.1 as soon as nothing listens there; after `patienceMs` one that the system picks. */
export async function freePort(wanted: number, patienceMs = 0): Promise<number> {
  // not get-port: it holds back for half a minute what it gave out, and a server that is started again keeps its port
  const free = await waitFor(() => listenable(wanted), { forMs: patienceMs, everyMs: 25 });
  return free ?? (await listenable(0)) ?? wanted;
}

async function start(dir: string, cli: string): Promise<DevServer> {
  const log = logOf(dir);
  for (let tries = 1; ; tries++) {
    const before = await sizeOf(log);
    const started = await spawnServer(dir, cli, log);
    if (await answersWithin(START_TIMEOUT_MS, started)) return server(started, 'started');
    // between our look at a port and its start somebody else may have taken it
    const said = (await readFile(log)).subarray(before).toString();
    if (tries === MOST_TRIES || !said.includes('address already in use'))
      throw neverAnswered(dir, started.port, log);
  }
}

/** Starts the server on the ports of the last time where they are free. */
async function spawnServer(dir: string, cli: string, log: string): Promise<RunningServer> {
  const known = await readServerFile(dir);
  const { port, uiPort } = known ?? DEFAULT_PORTS;
  const patience = known === undefined ? 0 : LAST_BREATH_MS;
  const ports = { port: await freePort(port, patience), uiPort: await freePort(uiPort, patience) };
  // Noted ahead: whoever comes after a kill finds the server by its port.
  await writeServerFile(dir, ports);
  const output = await open(log, 'a', 0o600);
  const child = spawn(cli, devServerArguments(dir, ports.port, ports.uiPort), {
    cwd: dir,
    env: { HOME: dir }, // none of this shell's variables: they would be the server's for as long as it lives
    detached: true,
    stdio: ['ignore', output.fd, output.fd],
  });
  await new Promise((resolve, reject) => child.once('spawn', resolve).once('error', reject));
  child.unref();
  await output.close();
  const started = { ...ports, pid: child.pid ?? 0 };
  await writeServerFile(dir, started);
  return started;
}

function devServerArguments(dir: string, port: number, uiPort: number): string[] {
  return [
    ...['server', 'start-dev', '--ip', HOST, '--port', `${port}`, '--ui-port', `${uiPort}`],
    ...['--db-filename', databaseOf(dir), '--log-level', 'warn'],
    // WAL halves the write latency of the file; NORMAL still survives a killed process.
    ...['--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL'],
    ...QUICK.flatMap((setting) => ['--dynamic-config-value', setting]),
    ...ATTRIBUTE_TYPES.flatMap((type) => ['--search-attribute', type]),
  ];
}

const server = ({ pid, port, uiPort }: RunningServer, action: DevServer['action']): DevServer => ({
  pid,
  address: `${HOST}:${port}`,
  uiAddress: `http://${HOST}:${uiPort}`,
  action,
});

/**
 * The server of `dir` that runs, known by its process: its port alone may be another installation's by now. A start that
 * was killed before it noted the process leaves one to look for; a number may be another process's after a reboot.
 */
async function runningServer(dir: string): Promise<RunningServer | undefined> {
  const noted = await readServerFile(dir);
  if (noted === undefined || (noted.pid !== undefined && !isAlive(noted.pid))) return undefined;
  const pids = noted.pid === undefined ? await readdir('/proc').catch(() => []) : [`${noted.pid}`];
  for (const pid of pids.filter((name) => /^\d+$/.test(name))) {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined);
    const isUnknown = words === undefined && noted.pid !== undefined; // a system without /proc
    if (isUnknown || isServer(words ?? '', dir)) return { ...noted, pid: Number(pid) };
  }
  return undefined;
}

const isServer = (words: string, dir: string) =>
  ['start-dev', databaseOf(dir)].every((word) => words.split('\0').includes(word));

async function answersWithin(forMs: number, { pid, port }: RunningServer): Promise<boolean> {
  const ask = async () => {
    if (!isAlive(pid)) return false;
    return ((await answers(port)) && isOf(pid, port)) || undefined;
  };
  return (await waitFor(ask, { forMs })) ?? false;
}

/** Two servers may start on one port at a moment: the other one answers there until ours has noticed and ends. */
function isOf(pid: number, port: number): boolean {
  const listeners = listenersOn(port, HOST);
  return listeners.length === 0 || hasOneOf(pid, listeners); // none: a system without /proc
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: HOST });
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}

function listenable(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(port, HOST, () => {
      const found = (probe.address() as AddressInfo).port;
      probe.close(() => resolve(found));
    });
  });
}

function neverAnswered(dir: string, port: number, log: string) {
  return missingPrerequisite(
    `The embedded Temporal server did not answer on ${HOST}:${port} within ${START_TIMEOUT_MS / 1000} s. Its log says why: ${log}\n` +
      ` If the file was written by another version of the CLI, move ${databaseOf(dir)} away: only run histories are in it.`,
  );
}

const sizeOf = (path: string) =>
  stat(path).then(
    ({ size }) => size,
    () => 0,
  );
