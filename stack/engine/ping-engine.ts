import type Docker from 'dockerode';

/** What a ping found: an engine, nobody at all, or a reason why we may not ask. */
export type Ping =
  | { state: 'alive'; version: string }
  | { state: 'dead'; reason: string }
  | { state: 'denied'; reason: string };

/** Asks the engine for its version; never throws. Gives up after `deadlineMs`. */
export async function pingEngine(engine: Docker, deadlineMs = 5_000): Promise<Ping> {
  try {
    const { Version } = await within(engine.version() as Promise<{ Version: string }>, deadlineMs);
    return { state: 'alive', version: Version };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { state: code === 'EACCES' || code === 'EPERM' ? 'denied' : 'dead', reason: message };
  }
}

async function within<T>(work: Promise<T>, deadlineMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${deadlineMs / 1000} s`)), deadlineMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
