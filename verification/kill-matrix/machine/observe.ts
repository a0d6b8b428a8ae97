import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { givenValues } from '../../harness/canaries';
import { countNames, type Facts, type Found } from '../../harness/judge';
import { findLeaks, historiesOf } from '../../harness/leaks';
import { NAMES_SQL } from '../../harness/names-sql';
import { processIds } from '../../harness/processes';
import {
  containerOf,
  fileNames,
  reportNames,
  stateNames,
  storedValues,
  temporalServer,
} from '../../harness/product';
import { fleetNames } from './fleet';
import { hostPlaces, places, type Setting } from './job';
import { BACKUPS } from './preparation';

const SETTLED_MS = 20_000; // what was killed last may still be on its way back
const ENDED_MS = 60_000; // a host that was killed does its share again
const POLL_MS = 100;
const FOLDERS = [places.state, places.nodes, BACKUPS];
const HOST_FOLDERS = [hostPlaces.state, hostPlaces.nodes];

/** What is known of a run beside what it left. */
export interface Seen {
  printed: string;
  /** What it printed as its result; empty before it. */
  report: string;
  /** What was planted for this run: nodes shall hold it. */
  planted?: readonly string[] | undefined;
  /** Values beside those that were given and are stored. */
  values?: readonly { name: string; value: string }[];
  /** Where only histories of runs since then are of interest. */
  since?: Date;
}

/** Everything that the run left, once it has settled; and every place where a value shows. */
export async function observe(
  { given }: Setting,
  { printed, report, planted, values = [], since }: Seen,
): Promise<Pick<Found, 'facts' | 'leaks'>> {
  await settled();
  const ofFiles = givenValues(given.envFiles);
  const facts = factsNow({ given }, report, planted);
  const stored = [places, hostPlaces].flatMap(storedValues);
  const leaks = await textsOf(printed, since)
    .then((texts) => findLeaks([...ofFiles, ...stored, ...values], texts))
    .catch((error: unknown) => [`search failed: ${String(error)}`]);
  return { facts, leaks };
}

/** What there is at this moment, and what a report says. */
export function factsNow(
  { given }: Pick<Setting, 'given'>,
  report = '',
  planted: readonly string[] = [],
): Facts {
  const known = new Set([...givenValues(given.envFiles).map(({ value }) => value), ...planted]);
  const disk = () => [...FOLDERS.flatMap(fileNames), ...stateNames(places, known, liveSecrets())];
  const host = () =>
    [...HOST_FOLDERS.flatMap(fileNames), ...stateNames(hostPlaces, known, liveSecrets())].map(
      (name) => `host: ${name}`,
    );
  const result = () => (report === '' ? [] : reportNames(report));
  return countNames([databaseNames, engineNames, disk, host, fleetNames, result].flatMap(orProblem));
}

/** Workflows that still run, once those have had time to end that may. */
export async function running(): Promise<string[]> {
  const connection = await Connection.connect({ address: `127.0.0.1:${temporalServer(places).port}` });
  const { workflow } = new Client({ connection });
  try {
    for (const deadline = Date.now() + ENDED_MS; ; await sleep(POLL_MS)) {
      const names: string[] = [];
      for await (const { workflowId } of workflow.list({ query: "ExecutionStatus = 'Running'" }))
        names.push(`workflow ${workflowId.replace(/[0-9a-f-]{36}/, ':id')} runs`);
      if (names.length === 0 || Date.now() > deadline) return names;
    }
  } finally {
    await connection.close();
  }
}

/** Whether a container of the environment does not run, or the engine does not answer. */
export const isDown = () =>
  orProblem(engineNames).some(
    (name) => name.startsWith('unreadable') || (name.startsWith('container ') && !name.endsWith(' running')),
  );

/** Until the database answers and every container runs; what is not so by then is a finding. */
async function settled(): Promise<void> {
  for (const deadline = Date.now() + SETTLED_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    if (orProblem(databaseNames).length > 1 && !isDown()) return;
  }
}

const PSQL =
  'PGPASSWORD=$(cat /run/secrets/postgres_password) psql -h 127.0.0.1 -U infisical -d infisical -At -c "$0"';

const query = (sql: string) =>
  linesOf('docker', 'exec', containerOf(places, 'postgres'), 'sh', '-c', PSQL, sql);

/** Throws while the database does not answer. */
const databaseNames = () => query(NAMES_SQL);
const liveSecrets = () => new Set(query('select id from client_secrets where not "isClientSecretRevoked"'));

/** Containers with their state, networks and volumes: all that the machine's engine has. */
function engineNames(): string[] {
  const volumes = linesOf('docker', 'volume', 'ls', '--format', '{{.Name}}');
  return [
    ...linesOf('docker', 'ps', '-a', '--format', '{{.Names}} {{.State}}').map((line) => `container ${line}`),
    ...linesOf('docker', 'network', 'ls', '--format', '{{.Name}}').map((line) => `network ${line}`),
    ...volumes.map((name) => `volume ${/^[0-9a-f]{64}$/.test(name) ? 'without a name' : name}`),
  ];
}

/** Where a value could be read: histories, output, logs, containers, processes, open files. */
async function textsOf(printed: string, since: Date | undefined): Promise<Record<string, string>> {
  const connection = await Connection.connect({ address: `127.0.0.1:${temporalServer(places).port}` });
  const histories = await historiesOf(
    new Client({ connection }),
    since && `StartTime >= '${since.toISOString()}'`,
  );
  await connection.close();
  const both = (...args: string[]) =>
    execFileSync('sh', ['-c', 'docker "$@" 2>&1', 'sh', ...args]).toString();
  const ids = linesOf('docker', 'ps', '-aq');
  const logs = ids.map((id) => [`log of container ${id}`, both('logs', id)]);
  return {
    'what up printed': printed,
    'histories of Temporal': histories,
    'arguments of processes': processIds()
      .map((pid) => readIfThere(`/proc/${pid}/cmdline`))
      .join('\n'),
    'descriptions of containers': both('inspect', ...ids),
    ...(Object.fromEntries(logs) as Record<string, string>),
    ...Object.fromEntries(
      [...FOLDERS, ...HOST_FOLDERS].filter(existsSync).flatMap((folder) => openFiles(folder)),
    ),
  };
}

/** Files that others than their owner can read: neither 0600 nor inside a folder that only the owner enters. */
function openFiles(folder: string, isOpen = true): [path: string, text: string][] {
  const open = isOpen && (statSync(folder).mode & 0o077) !== 0;
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return openFiles(path, open);
    const readable = open && (statSync(path).mode & 0o077) !== 0;
    return readable || entry.name.endsWith('.log') ? [[path, readFileSync(path, 'latin1')]] : [];
  });
}

function linesOf(command: string, ...args: string[]): string[] {
  const text = execFileSync(command, args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString();
  return text.split('\n').filter(Boolean);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function orProblem(read: () => string[]): string[] {
  try {
    return read();
  } catch (error) {
    return [`unreadable: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`];
  }
}
