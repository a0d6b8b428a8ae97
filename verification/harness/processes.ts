import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 5;

/** A process whose output is kept. */
export interface Running {
  child: ChildProcess;
  /** Exit code; null where it was killed. */
  ended: Promise<number | null>;
  stdout: () => string;
  stderr: () => string;
}

/** Starts a program, which reads `input` or nothing. */
export function start(
  command: string,
  args: string[],
  { input, ...options }: Omit<SpawnOptions, 'stdio'> & { input?: string | undefined },
  onOutput: (text: string, of: 'stdout' | 'stderr') => void = () => undefined,
): Running {
  const child = spawn(command, args, {
    ...options,
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  child.stdin?.on('error', () => undefined); // one that was killed reads no more
  child.stdin?.end(input);
  let [stdout, stderr] = ['', ''];
  const collect = (of: 'stdout' | 'stderr', add: (text: string) => void) =>
    child[of]?.on('data', (chunk: Buffer) => {
      add(chunk.toString());
      onOutput(chunk.toString(), of);
    });
  collect('stdout', (text) => (stdout += text));
  collect('stderr', (text) => (stderr += text));
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  return { child, ended, stdout: () => stdout, stderr: () => stderr };
}

/** Whether the process runs; one that has ended and is not yet buried does not. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

/** SIGKILL, and the wait until the process is gone. */
export async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it has ended by itself
    }
  }
  while (pids.some(isAlive)) await sleep(POLL_MS);
}

/** The numbers of all processes that this one sees. */
export const processIds = () => readdirSync('/proc').map(Number).filter(Boolean);

/** A number that `read` finds, if the process of that number runs; it may throw. */
export function livePid(read: () => unknown): number[] {
  try {
    const pid = Number(read());
    return pid > 0 && isAlive(pid) ? [pid] : [];
  } catch {
    return [];
  }
}
