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

/** Starts a program without input. */
export function start(
  command: string,
  args: string[],
  options: Omit<SpawnOptions, 'stdio'>,
  onOutput: (text: string) => void = () => undefined,
): Running {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  const collect = (add: (text: string) => void) => (chunk: Buffer) => {
    add(chunk.toString());
    onOutput(chunk.toString());
  };
  child.stdout?.on(
    'data',
    collect((text) => (stdout += text)),
  );
  child.stderr?.on(
    'data',
    collect((text) => (stderr += text)),
  );
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
