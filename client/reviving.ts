import { setTimeout as sleep } from 'node:timers/promises';

/** The client itself tries a lost server ten times, for some 20 s. */
const SILENCE_MS = 2_000;

/** What a session speaks through leads to its server no more, and a new session would: the message says why. */
export class SessionLost extends Error {
  override readonly name = 'SessionLost';
  /** `settings` has changed where no connection of the session can be made again, also not one that works still. */
  constructor(
    message: string,
    readonly changed: 'connection' | 'settings' = 'connection',
  ) {
    super(message);
  }
}

/** Waits for an answer of the Temporal server; one that is silent may be ours to start again. */
export async function reviving<T>(
  answer: Promise<T>,
  revive: () => Promise<void>,
  silenceMs = SILENCE_MS,
): Promise<T> {
  while (await isSilent(answer, silenceMs)) await revived(revive);
  return answer;
}

/** The same for an answer that can be asked for again: undefined where there is none, or the server was started again. */
export async function heard<T>(asked: Promise<T>, revive: () => Promise<void>): Promise<T | undefined> {
  const answer = asked.catch(() => undefined);
  if (!(await isSilent(answer, SILENCE_MS))) return answer;
  const back = revived(revive).then((isBack) => (isBack ? undefined : answer));
  return Promise.race([answer, back]);
}

/** Whether the server could be started again. @throws SessionLost */
export async function revived(revive: () => Promise<void>): Promise<boolean> {
  try {
    await revive();
    return true;
  } catch (error) {
    if (error instanceof SessionLost) throw error;
    return false;
  }
}

function isSilent(answer: Promise<unknown>, milliseconds: number): Promise<boolean> {
  const settled = answer.then(
    () => false,
    () => false,
  );
  const over = new AbortController();
  return Promise.race([settled, sleep(milliseconds, true, { signal: over.signal })]).finally(() =>
    over.abort(),
  );
}
