import { useAccessToken } from '../identities/access-tokens';
import { readUser, sessionOf } from '../instance/users';
import type { Actor, Context } from './context';
import { notFound, unauthorized } from './errors';
import { verifyJwt } from './jwt';

/** The caller behind an Authorization header; without a header nobody. A bad token is refused on public routes too. */
export async function authenticate(context: Context, header: string | undefined): Promise<Actor | undefined> {
  if (header === undefined) return undefined;
  const claims = verifyJwt(context.settings.AUTH_SECRET, header.slice('Bearer '.length));
  switch (claims.authTokenType) {
    case 'accessToken': {
      const user = await readUser(context.db, String(claims.userId));
      if (user === undefined) throw unauthorized('User not found');
      if (claims.tokenVersionId !== sessionOf(user))
        throw context.legacy
          ? unauthorized('User session is stale, please re-authenticate', 'StaleSession')
          : notFound('The requested entity is not found', 'Session not found');
      const orgId = typeof claims.organizationId === 'string' ? claims.organizationId : undefined;
      return { type: 'user', id: user.id, orgId, superAdmin: user.superAdmin };
    }
    case 'identityAccessToken':
      return useAccessToken(context, claims);
    default:
      return undefined;
  }
}
