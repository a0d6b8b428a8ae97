import { randomUUID } from 'node:crypto';
import type { Context } from '../http/context';
import { signJwt } from '../http/jwt';

/** A user's JWT; without an organisation it opens only the session routes. */
export function userToken({ settings }: Context, userId: string, organizationId?: string): string {
  const claims = {
    authMethod: 'email',
    authTokenType: 'accessToken',
    userId,
    tokenVersionId: randomUUID(),
    accessVersion: 1,
    ...(organizationId === undefined ? {} : { organizationId }),
  };
  return signJwt(settings.AUTH_SECRET, claims, settings.DEV_INFISICAL_USER_TOKEN_SECONDS);
}
