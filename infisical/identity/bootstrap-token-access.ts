import { z } from 'zod';
import { isInfisicalError } from '../problem';
import type { InfisicalHttp } from '../http';
import { Session, tokenExpiry } from '../session';
import { readBootstrapToken } from '../state/bootstrap-token';
import type { AdminAccess } from './admin-access';

/** A token that ends sooner could die in the middle of the work. */
const LEAST_LIFE_SECONDS = 300;

/** Access by the stored bootstrap token, or why it cannot be used. Some releases issue it dead on arrival. */
export async function bootstrapTokenAccess(
  http: InfisicalHttp,
  stateDir: string,
): Promise<AdminAccess | { unusable: string }> {
  const stored = await readBootstrapToken(stateDir);
  if (!stored) return { unusable: 'there is no bootstrap token' };
  const expiry = tokenExpiry(stored.token);
  if (expiry === undefined)
    return { unusable: 'the bootstrap token has no expiry, which servers now refuse' };
  if (expiry < Date.now() / 1000 + LEAST_LIFE_SECONDS) return { unusable: 'the bootstrap token is over age' };
  const session = new Session(http, stored.token);
  try {
    await session.send({ method: 'GET', route: '/api/v1/projects' }, z.unknown());
    return { session, organizationId: stored.organizationId, via: 'bootstrapToken' };
  } catch (error) {
    if (isInfisicalError(error, 'unavailable', 'rateLimited')) throw error;
    return { unusable: 'the server refuses the bootstrap token' };
  }
}
