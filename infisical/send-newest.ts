import type { ZodType } from 'zod';
import type { Session } from './session';
import type { Call } from './http';
import { isInfisicalError } from './problem';

/** Sends the first of `calls`, newest route first, that the server knows. */
export async function sendNewest<T>(
  session: Session,
  [call, ...older]: [Call, ...Call[]],
  schema: ZodType<T>,
): Promise<T> {
  const [next, ...rest] = older;
  if (!next) return session.send(call, schema);
  try {
    return await session.send(call, schema);
  } catch (error) {
    if (!isInfisicalError(error, 'routeMissing')) throw error;
    return sendNewest(session, [next, ...rest], schema);
  }
}
