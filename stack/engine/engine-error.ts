import { unavailable } from '../../contracts/core/failures';

/** What the engine answered: the library throws plain errors with these fields. */
interface EngineError extends NodeJS.ErrnoException {
  statusCode?: number;
  json?: { message?: string } | null;
}

export const statusOf = (error: unknown) => (error as EngineError).statusCode;

/** The engine's own words, without the library's prefix. */
export function engineMessage(error: unknown): string {
  const { json, message } = error as EngineError;
  return (json?.message ?? message.replace(/^\(HTTP code \d+\) [^-]*- /, '')).trim();
}

/** Runs a call for which one of these status codes is as good as success (304: already so). */
export async function tolerate<T>(call: Promise<T>, ...codes: number[]): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (codes.includes(statusOf(error) ?? 0)) return undefined;
    throw error;
  }
}

/** Runs work on an engine: a lost one is an outage that says so, not a fault of what was asked of it. */
export async function engineCall<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code = '', syscall, message } = error as EngineError;
    const lost = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH'].includes(code);
    // a file of ours may be missing too
    if (!lost && !(code === 'ENOENT' && syscall === 'connect')) throw error;
    throw unavailable(`The Docker Engine does not answer (${message}).`, { lost: { kind: 'engine' } });
  }
}
