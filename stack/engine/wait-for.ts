import { setTimeout as sleep } from 'node:timers/promises';

/** Looks again and again, `everyMs` apart, until `look` has an answer; undefined once `deadlineMs` are over. */
export async function waitFor<T>(
  look: () => Promise<T | undefined>,
  { everyMs, deadlineMs, signal }: { everyMs: number; deadlineMs: number; signal?: AbortSignal | undefined },
): Promise<T | undefined> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const found = await look();
    if (found !== undefined || Date.now() > deadline) return found;
    await sleep(everyMs, undefined, { signal });
  }
}
