import { setTimeout as sleep } from 'node:timers/promises';

export interface Patience {
  /** How long to ask; 0 asks once. */
  forMs: number;
  everyMs?: number;
  signal?: AbortSignal | undefined;
}

/** Asks until the answer is something; undefined once the time has passed. Rejects where `ask` does, or with an AbortError. */
export async function waitFor<T>(
  ask: () => Promise<T | undefined> | T | undefined,
  { forMs, everyMs = 50, signal }: Patience,
): Promise<T | undefined> {
  for (const deadline = Date.now() + forMs; ;) {
    const answer = await ask();
    if (answer !== undefined || Date.now() >= deadline) return answer;
    await sleep(everyMs, undefined, { signal });
  }
}
