import { z } from 'zod';
import type { InfisicalHttp } from '../http';
import { InfisicalError, means, unless } from '../problem';
import { Session, tokenExpiry } from '../session';
import { readBootstrapToken, removeBootstrapToken } from './state';

/** A token that ends sooner could die in the middle of the work. */
const LEAST_LIFE_SECONDS = 300;

/** Access by the stored bootstrap token, or why it cannot be used. Some releases issue it dead on arrival. */
export async function bootstrapTokenAccess(
  http: InfisicalHttp,
  stateDir: string,
): Promise<{ session: Session; organizationId: string } | { unusable: string }> {
  const stored = await readBootstrapToken(stateDir);
  if (!stored) return { unusable: 'there is no bootstrap token' };
  const expiry = tokenExpiry(stored.token);
  if (expiry === undefined)
    return { unusable: 'the bootstrap token has no expiry, which servers now refuse' };
  if (expiry < Date.now() / 1000 + LEAST_LIFE_SECONDS) return { unusable: 'the bootstrap token is too old' };
  const session = new Session(http, stored.token);
  try {
    await session.get('/api/v1/projects', z.unknown());
    return { session, organizationId: stored.organizationId };
  } catch (error) {
    if (means(error, 'outage', 'busy')) throw error;
    return { unusable: 'the server refuses the bootstrap token' };
  }
}

/**
 * Ends the bootstrap token once the administrator's password is proven. An outage is an InfisicalError, to be tried
 * again: no run ends while an administrator's token lies about. One that the server refuses is dead already.
 */
export async function revokeBootstrapToken(http: InfisicalHttp, stateDir: string): Promise<string[]> {
  const stored = await readBootstrapToken(stateDir);
  if (!stored) return [];
  const body = { accessToken: stored.token.reveal() };
  let change = 'revoked the bootstrap token';
  try {
    await http.send({ method: 'POST', route: '/api/v1/auth/token/revoke', body }, z.unknown());
  } catch (error) {
    if (!(error instanceof InfisicalError) || means(error, 'outage', 'busy')) throw error;
    change = 'removed the bootstrap token, which the server refuses';
  }
  await removeBootstrapToken(stateDir);
  return [change];
}

/** The name that the instance bootstrap gives to the token that it hands out. */
const NAME = 'Instance Admin Token';
const identitiesSchema = z.object({
  identities: z.array(z.object({ id: z.string(), isInstanceAdmin: z.boolean().nullish() })),
});
const tokensSchema = z.object({
  tokens: z.array(
    z.object({ id: z.string(), name: z.string().nullish(), isAccessTokenRevoked: z.boolean().nullish() }),
  ),
});

/**
 * Ends the bootstrap tokens whose answer never reached us: live credentials of an administrator that nobody holds.
 * Only for an instance that we set up. Servers that are set up by a sign-up have none.
 */
export async function revokeLostTokens(session: Session): Promise<string[]> {
  const changes: string[] = [];
  for (const identityId of await instanceAdmins(session)) {
    const route = '/api/v1/auth/token-auth/identities/:identityId/tokens';
    const { tokens } = await session.get(route, tokensSchema, { params: { identityId } });
    for (const { id, name, isAccessTokenRevoked } of tokens) {
      if (name !== NAME || isAccessTokenRevoked === true) continue;
      const revoke = '/api/v1/auth/token-auth/tokens/:tokenId/revoke';
      await session.post(revoke, z.unknown(), { params: { tokenId: id } });
      changes.push('revoked a bootstrap token whose answer had been lost');
    }
  }
  return changes;
}

async function instanceAdmins(session: Session): Promise<string[]> {
  const route = '/api/v1/admin/identity-management/identities';
  const listed = session.get(route, identitiesSchema, { query: { searchTerm: 'Instance' } });
  const { identities = [] } = (await unless(listed, 'routeMissing', 'notFound', 'forbidden')) ?? {};
  return identities.filter(({ isInstanceAdmin }) => isInstanceAdmin === true).map(({ id }) => id);
}
