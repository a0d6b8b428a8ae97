import { readFileSync, readdirSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 5;

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

/** Every process of this machine but the harness and process 1. */
export function othersOfMachine(): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1 && pid !== process.pid && isAlive(pid));
}

/** The number in a file, if the process of that number runs. */
export function pidIn(path: string, pattern = /(\d+)/): number | undefined {
  try {
    const pid = Number(pattern.exec(readFileSync(path, 'utf8'))?.[1]);
    return pid > 0 && isAlive(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}
