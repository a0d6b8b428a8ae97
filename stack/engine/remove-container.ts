import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { statusOf, tolerate } from './engine-error';

const GONE_DEADLINE_MS = 20_000;

/** Stops a container within its own grace period and removes it with its anonymous volumes; named ones stay. */
export async function removeContainer(engine: Docker, containerId: string): Promise<void> {
  const container = engine.getContainer(containerId);
  await tolerate(container.stop(), 304, 404, 409, 500);
  const deadline = Date.now() + GONE_DEADLINE_MS;
  for (;;) {
    try {
      await container.remove({ force: true, v: true });
      return;
    } catch (error) {
      if (statusOf(error) === 404) return;
      // Its removal is under way, begun by somebody else or before a crash.
      if (statusOf(error) !== 409 || Date.now() > deadline) throw error;
      await sleep(100);
    }
  }
}
