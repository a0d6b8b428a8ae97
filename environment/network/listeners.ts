import { lookup } from 'node:dns/promises';
import { closeSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';

/** So long a look at who listens is believed, in milliseconds: steps, and a step's requests, follow one another. */
export const BELIEVED_MS = 500;

/** A socket that waits for connections on this machine. */
export interface Listener {
  /** The user whose it is. */
  uid: number;
  /** As /proc/PID/fd names it. */
  inode: string;
}

/**
 * The sockets that answer at a port of this machine, as the kernel tells everybody; of one address where one is given, with
 * those of every address. Empty where the kernel does not tell.
 */
export function listenersOn(port: number, address?: string): Listener[] {
  const suffix = `:${hex(port, 4)}`;
  const wanted = address === undefined ? undefined : [address, '0.0.0.0', '::'].flatMap(asKernel);
  const lines = ['tcp', 'tcp6'].flatMap(listening);
  return lines.flatMap((line) => {
    // local address in column 1, user in 7, inode in 9
    const [, local = '', , , , , , uid, , inode] = line.trim().split(/\s+/);
    if (!local.endsWith(suffix)) return [];
    if (wanted !== undefined && !wanted.includes(local.slice(0, -suffix.length))) return [];
    return [{ uid: Number(uid), inode: `socket:[${inode}]` }];
  });
}

/** Whether a process has one of these sockets; false where its files are another user's. */
export function hasOneOf(pid: number, listeners: readonly Listener[]): boolean {
  const links = handlesOf(pid);
  return listeners.some(({ inode }) => links.includes(inode));
}

function handlesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((handle) => linkOf(`${folder}/${handle}`) ?? []);
  } catch {
    return []; // another user's, or it has ended
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined; // closed since
  }
}

/** When nobody else had an address, by performance.now(): a look takes the kernel some milliseconds. */
const nobodyElse = new Map<string, number>();

/**
 * The user other than root and this one whose process answers at a port of this machine; undefined where there is none.
 * Docker's own proxy is root's, or of the user whose rootless engine it is.
 */
export async function foreignListener(hostname: string, port: number): Promise<number | undefined> {
  const asked = `${hostname}:${port}`;
  if (performance.now() - (nobodyElse.get(asked) ?? -Infinity) < BELIEVED_MS) return undefined;
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  const listeners = found.flatMap(({ address }) => listenersOn(port, address));
  const other = listeners.find(({ uid }) => uid !== 0 && uid !== process.getuid?.());
  // where nobody listens, somebody may begin to
  if (other === undefined && listeners.length > 0) nobodyElse.set(asked, performance.now());
  return other?.uid;
}

const CHUNK = 8_192; // some fifty lines
const LISTENS = /^ *\d+: \S+ \S+ 0A /;

/** The lines of sockets that listen: the kernel lists them first (proc_net_tcp.rst), before thousands of connections. */
function listening(table: string): string[] {
  const file = opened(`/proc/net/${table}`);
  if (file === undefined) return [];
  try {
    const chunk = Buffer.alloc(CHUNK);
    for (let text = ''; ;) {
      const length = readSync(file, chunk); // in memory: nothing waits for a disk
      text += chunk.toString('latin1', 0, length);
      const lines = text.split('\n').slice(1, -1); // below a heading, and without what is not read to its end
      const end = lines.findIndex((line) => !LISTENS.test(line));
      if (end >= 0) return lines.slice(0, end);
      if (length === 0) return lines;
    }
  } finally {
    closeSync(file);
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch {
    return undefined; // a system without /proc
  }
}

const hex = (number: number, digits: number) => number.toString(16).toUpperCase().padStart(digits, '0');

/** An address as the kernel's table has it: words of four bytes, each in the machine's own (little) order. */
function asKernel(address: string): string[] {
  if (address === '::') return ['0'.repeat(32)];
  if (address === '::1') return [`${'0'.repeat(24)}01000000`];
  if (address.includes(':')) return []; // no other one is this machine's alone
  const four = bytes(address.split('.').map(Number));
  return [four, `${'0'.repeat(16)}FFFF0000${four}`]; // a socket of IPv6 may be bound to it too
}

const bytes = (parts: number[]) =>
  [...parts]
    .reverse()
    .map((part) => hex(part, 2))
    .join('');
