import { z } from 'zod';
import { isInfisicalError } from '../problem';
import type { Call } from '../http';
import type { Session } from '../session';

const schema = z.object({ identityUniversalAuth: z.object({ clientId: z.string() }) });

/** The client id of the identity's Universal Auth, which is attached if it has none. */
export async function attachUniversalAuth(
  session: Session,
  identityId: string,
): Promise<{ clientId: string; attached: boolean }> {
  const target = {
    route: '/api/v1/auth/universal-auth/identities/:identityId',
    params: { identityId },
  };
  const read: Call = { ...target, method: 'GET' };
  const existing = await absentAs(session.send(read, schema), 'notFound', 'invalid');
  if (existing) return { clientId: existing.identityUniversalAuth.clientId, attached: false };
  const created = await absentAs(session.send({ ...target, method: 'POST', body: {} }, schema), 'conflict');
  const { identityUniversalAuth } = created ?? (await session.send(read, schema));
  return { clientId: identityUniversalAuth.clientId, attached: created !== undefined };
}

async function absentAs<T>(answer: Promise<T>, ...kinds: ('notFound' | 'invalid' | 'conflict')[]) {
  try {
    return await answer;
  } catch (error) {
    if (isInfisicalError(error, ...kinds)) return undefined;
    throw error;
  }
}
