import { lookup } from 'node:dns/promises';
import { readFile, readdir, readlink } from 'node:fs/promises';

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
export async function listenersOn(port: number, address?: string): Promise<Listener[]> {
  const suffix = `:${hex(port, 4)}`;
  const wanted = address === undefined ? undefined : [address, '0.0.0.0', '::'].flatMap(asKernel);
  const lines = (await Promise.all(['tcp', 'tcp6'].map(read))).flatMap((table) => table.split('\n'));
  return lines.flatMap((line) => {
    if (!line.includes(suffix)) return []; // a busy machine has thousands of others
    // local address in column 1, state in 3 (0A listens), user in 7, inode in 9
    const [, local = '', , state, , , , uid, , inode] = line.trim().split(/\s+/);
    if (state !== '0A' || !local.endsWith(suffix)) return [];
    if (wanted !== undefined && !wanted.includes(local.slice(0, -suffix.length))) return [];
    return [{ uid: Number(uid), inode: `socket:[${inode}]` }];
  });
}

/** Whether a process has one of these sockets; false where its files are another user's. */
export async function hasOneOf(pid: number, listeners: Listener[]): Promise<boolean> {
  const handles = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(handles.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  return listeners.some(({ inode }) => links.includes(inode));
}

/**
 * The user other than root and this one whose process answers at a port of this machine; undefined where there is none.
 * Docker's own proxy is root's, or of the user whose rootless engine it is.
 */
export async function foreignListener(hostname: string, port: number): Promise<number | undefined> {
  const found = await lookup(hostname.replace(/^\[|\]$/g, ''), { all: true }).catch(() => []);
  const listeners = await Promise.all(found.map(({ address }) => listenersOn(port, address)));
  return listeners.flat().find(({ uid }) => uid !== 0 && uid !== process.getuid?.())?.uid;
}

const read = (table: string) => readFile(`/proc/net/${table}`, 'utf8').catch(() => '');

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
