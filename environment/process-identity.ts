import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isErrno } from './files/system';

const ENDED = ['Z', 'X']; // proc(5): a zombie holds its number and does nothing
const HALTED = ['T', 't'];
const IDENTITY = /^(\d+)@.* ([0-9a-f]{12})\.(\d+)(?: (\S+))?(?: of \S+)?$/;

/**
 * Names this process to Temporal so that another one can prove that it has ended: `PID@HOST PLACE MACHINE.START BUILD of
 * INSTALLATION`, with where its state directory is, the boot and process namespace in which the number counts, its start in
 * ticks, and the code that it runs; without the middle where there is no /proc.
 */
export function processIdentity(installation: string, build: string, stateRoot: string): string {
  const name = `${process.pid}@${hostname()}`;
  const [place, machine] = [placeOf(stateRoot), numbersCountIn()];
  const start = processOf(process.pid)?.start;
  const isKnown = place !== undefined && machine !== undefined && start !== undefined;
  return `${name}${isKnown ? ` ${place} ${machine}.${start} ${build}` : ''} of ${installation}`;
}

/** A state directory on a boot of a kernel, the same in its containers too: a copy is another one. Undefined where that cannot be told. */
export function placeOf(stateRoot: string): string | undefined {
  const { dev, ino } = statSync(stateRoot, { throwIfNoEntry: false }) ?? {};
  const boot = bootId();
  return boot === undefined || ino === undefined ? undefined : shortHash(`${boot} ${dev} ${ino}`);
}

/** Where the state directory of the process that called itself so is. */
export const placeIn = (identity: string): string | undefined =>
  /^\d+@\S+ ([0-9a-f]{12}) [0-9a-f]{12}\./.exec(identity)?.[1];

/** Names the code of a package: its version, and in a checkout what it was built from. */
export function buildOf(packageDir: string): string {
  const { version } = JSON.parse(readFileSync(join(packageDir, 'package.json'), 'utf8')) as {
    version: string;
  };
  try {
    return `${version}-${readFileSync(join(packageDir, 'dist', '.onex-stamp'), 'utf8').slice(0, 8)}`;
  } catch {
    return version;
  }
}

/** The installation that a worker of ours is of; undefined for other identities. */
export const installationOf = (identity: string): string | undefined => / of (\S+)$/.exec(identity)?.[1];

/** Whether the process that called itself so has surely ended; false where it cannot be seen from here. */
export function hasEnded(identity: string): boolean {
  const state = stateOf(identity);
  return state === 'none' || ENDED.includes(state ?? '');
}

/** Whether the process that called itself so runs here, and runs that code; false where it cannot be seen from here. */
export function isAtWork(identity: string, build: string): boolean {
  const state = stateOf(identity);
  const surelyNot = [undefined, 'none', ...ENDED, ...HALTED];
  return !surelyNot.includes(state) && IDENTITY.exec(identity)?.[4] === build;
}

/** The state of the process by proc(5); undefined where it cannot be seen from here. */
function stateOf(identity: string): string | undefined {
  const [, pid, machine, start] = IDENTITY.exec(identity) ?? [];
  if (pid === undefined || machine !== numbersCountIn()) return undefined;
  const now = processOf(Number(pid));
  return now === undefined || now.start !== start ? 'none' : now.state;
}

/** A boot of a kernel and a namespace of it: only there is a process number proof. */
function numbersCountIn(): string | undefined {
  const boot = bootId();
  try {
    return boot === undefined ? undefined : shortHash(`${boot} ${readlinkSync('/proc/self/ns/pid')}`);
  } catch {
    return undefined;
  }
}

function bootId(): string | undefined {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return undefined;
  }
}

const shortHash = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);

/** The process of a number; undefined where there is none. */
function processOf(pid: number): { state: string; start: string } | undefined {
  try {
    const line = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // its second field is the program's name, which may hold anything
    const [state = '', ...rest] = line.slice(line.lastIndexOf(')') + 2).split(' ');
    return { state, start: rest[18] ?? '' };
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ESRCH')) return undefined;
    throw error;
  }
}
