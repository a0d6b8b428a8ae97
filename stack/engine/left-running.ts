import type Docker from 'dockerode';
import { readdir, readFile } from 'node:fs/promises';
import { refused } from '../../contracts/core/failures';
import { waitFor } from '../../contracts/core/wait-for';
import { isLocal } from './connect-engine';
import { programOf } from './dockerd';
import { tolerate } from './engine-error';

const STOP_MS = 10_000; // as long as `docker stop` waits
const KILL_MS = 5_000;

/**
 * First processes, seen from this machine, of a container that the engine takes for stopped. An engine that is killed between
 * starting a process and noting that knows nothing of it any more: it goes on, with the container's volumes.
 */
export async function leftRunning(containerId: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    pids.map(async (pid) => {
      const read = (file: string) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '');
      if (!(await read('cgroup')).includes(containerId)) return [];
      // all others of a container end with its first one
      return /^NSpid:.*\t1$/m.test(await read('status')) ? [Number(pid)] : [];
    }),
  );
  return found.flat();
}

/** Ends what is left running of a container of a stopped state, as the engine would. Refused where that may not be done. */
export async function endLeftRunning(engine: Docker, containerId: string): Promise<void> {
  if (!isLocal(engine) || (await leftRunning(containerId)).length === 0) return;
  const found = await tolerate(engine.getContainer(containerId).inspect(), 404);
  if (found === undefined || found.State.Running) return;
  const own = found.Config as { StopSignal?: string };
  for (const [signal, forMs] of [
    [own.StopSignal ?? 'SIGTERM', STOP_MS] as const,
    ['SIGKILL', KILL_MS] as const,
  ]) {
    for (const pid of await leftRunning(containerId)) await end(pid, signal);
    const ended = async () => (await leftRunning(containerId)).length === 0 || undefined;
    if (await waitFor(ended, { everyMs: 50, forMs })) return;
  }
  const left = (await leftRunning(containerId)).join(' ');
  throw refused(
    `Of container ${found.Name.slice(1)} a process still runs, of which the Docker Engine does not know: the engine was killed as it started it. End it and run again: sudo kill -KILL ${left}`,
  );
}

async function end(pid: number, signal: string): Promise<void> {
  // one that runc has not given its program yet hears of nothing else
  const isUnborn = (await programOf(pid))?.startsWith('runc') === true;
  try {
    process.kill(pid, isUnborn ? 'SIGKILL' : signal);
  } catch {
    // it is gone, or not ours to end: the next look tells; or Node.js has no such signal
  }
}
