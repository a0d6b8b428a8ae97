import { z } from 'zod';
import { isInfisicalError } from '../problem';
import type { Session } from '../session';

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
export async function revokeLostToken(session: Session): Promise<string[]> {
  const changes: string[] = [];
  for (const identityId of await instanceAdmins(session)) {
    const route = '/api/v1/auth/token-auth/identities/:identityId/tokens';
    const { tokens } = await session.send({ method: 'GET', route, params: { identityId } }, tokensSchema);
    const lost = tokens.filter((token) => token.name === NAME && token.isAccessTokenRevoked !== true);
    for (const { id } of lost) {
      const revoke = '/api/v1/auth/token-auth/tokens/:tokenId/revoke';
      const call = { method: 'POST', route: revoke, params: { tokenId: id }, body: {} } as const;
      await session.send(call, z.unknown());
      changes.push('revoked a bootstrap token whose answer had been lost');
    }
  }
  return changes;
}

async function instanceAdmins(session: Session): Promise<string[]> {
  try {
    const route = '/api/v1/admin/identity-management/identities';
    const query = { searchTerm: 'Instance' };
    const { identities } = await session.send({ method: 'GET', route, query }, identitiesSchema);
    return identities.filter(({ isInstanceAdmin }) => isInstanceAdmin === true).map(({ id }) => id);
  } catch (error) {
    if (isInfisicalError(error, 'routeMissing', 'notFound', 'forbidden')) return [];
    throw error;
  }
}
