import { setTimeout as sleep } from 'node:timers/promises';

/** The client itself tries a lost server ten times, for some 20 s. */
export const SILENCE_MS = 2_000;

/** Waits for an answer of the Temporal server; one that is silent may be ours to start again. */
export async function reviving<T>(
  answer: Promise<T>,
  revive: () => Promise<void>,
  silenceMs = SILENCE_MS,
): Promise<T> {
  let over = false;
  const ended = answer.then(
    () => void (over = true),
    () => void (over = true),
  );
  while (!over) {
    const silence = new AbortController();
    await Promise.race([
      ended,
      sleep(silenceMs, undefined, { signal: silence.signal }).catch(() => undefined),
    ]);
    silence.abort();
    if (!over) await revive().catch(() => undefined);
  }
  return answer;
}
