import { unavailable } from '../../contracts/core/failures';

/** What the engine answered: the library throws plain errors with these fields. */
export interface EngineError extends Error {
  statusCode?: number;
  code?: string;
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

/** A lost engine is an outage, not a fault of what was asked of it. */
export async function engineCall<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { code } = error as EngineError;
    if (code === 'ECONNREFUSED' || code === 'ENOENT' || code === 'ECONNRESET' || code === 'EPIPE') {
      throw unavailable(`The Docker Engine does not answer (${(error as Error).message}).`);
    }
    throw error;
  }
}
