import type { ClockReading } from './check-clock';

const PATIENCE_MS = 2_000; // one that does not answer is waited for later, where that can be seen

/** The time of an Infisical by the Date header of its status, exact to a second; undefined where it does not tell. */
export async function infisicalClock(address: string): Promise<ClockReading | undefined> {
  try {
    const answer = await fetch(`${address}/api/status`, {
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    await answer.body?.cancel();
    const date = answer.headers.get('date');
    if (date === null) return undefined;
    return { of: `Infisical at ${address}`, theirs: Date.parse(date), ours: Date.now() };
  } catch {
    return undefined;
  }
}
