import { z } from 'zod';
import type { InfisicalHttp } from '../http';
import { InfisicalError, means, unless } from '../problem';
import { backend } from '../server';
import { Session, tokenExpiry, tokenId } from '../session';
import { readBootstrapToken, readRevoked, removeBootstrapToken, saveRevoked } from './state';

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
    const id = tokenId(stored.token);
    if (id !== undefined) await saveRevoked(stateDir, id);
  } catch (error) {
    if (!(error instanceof InfisicalError) || means(error, 'outage', 'busy')) throw error;
    change = 'removed the bootstrap token, which the server refuses';
  }
  await removeBootstrapToken(stateDir);
  return [change];
}

/** The names that the instance bootstrap gives to its identity and to the token that it hands out. */
const IDENTITY = 'Instance Admin Identity';
const TOKEN = 'Instance Admin Token';
const tokensSchema = z.object({
  tokens: z.array(
    z.object({ id: z.string(), name: z.string().nullish(), isAccessTokenRevoked: z.boolean().nullish() }),
  ),
});

/**
 * Ends the bootstrap tokens whose answer never reached us: live credentials of an administrator that nobody holds.
 * Only for an instance that we set up. Servers that are set up by a sign-up have none.
 */
export async function revokeLostTokens(
  session: Session,
  stateDir: string,
  organizationId: string,
): Promise<string[]> {
  const changes: string[] = [];
  const routes = await backend(session.http, 'identities');
  for (const identityId of await routes.idsByName(session, IDENTITY, organizationId)) {
    const route = '/api/v1/auth/token-auth/identities/:identityId/tokens';
    // an identity without such tokens, or one that is not ours to see
    const listed = session.get(route, tokensSchema, { params: { identityId } });
    const { tokens } = (await unless(listed, 'notFound', 'forbidden', 'invalid')) ?? { tokens: [] };
    for (const { id, name, isAccessTokenRevoked } of tokens) {
      if (name !== TOKEN || isAccessTokenRevoked === true) continue;
      if ((await readRevoked(stateDir)).includes(id)) continue;
      const revoke = '/api/v1/auth/token-auth/tokens/:tokenId/revoke';
      const done = session.post(revoke, z.unknown(), { params: { tokenId: id } }).then(() => true);
      if (await unless(done, 'notFound'))
        changes.push('revoked a bootstrap token whose answer had been lost');
      await saveRevoked(stateDir, id);
    }
  }
  return changes;
}
