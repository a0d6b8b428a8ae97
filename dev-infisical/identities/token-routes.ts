import { z } from 'zod';
import type { Server } from '../http/context';
import { badRequest, forbidden, notFound } from '../http/errors';
import { routesOf, text } from '../http/route';
import { readServerConfig } from '../instance/server-config';
import {
  issueAccessToken,
  markRevoked,
  renewAccessToken,
  revokeAccessToken,
  tokenAnswer,
  type AccessToken,
} from './access-tokens';
import { manageIdentity } from './identity';

/** Renewing and revoking an identity's access token; the token in the body is the credential. */
export function registerTokenRoutes(server: Server): void {
  const { post } = routesOf(server);
  const options = { access: 'public', body: z.object({ accessToken: text }) } as const;
  post('/api/v1/auth/token/renew', options, ({ body }) => renewAccessToken(server, body.accessToken));
  post('/api/v1/auth/token/revoke', options, async ({ body }) => {
    await revokeAccessToken(server, body.accessToken);
    return { message: 'Successfully revoked access token' };
  });
}

/** Token Auth: the way back to a token for the instance-admin identity (only a super admin may mint that one). */
export function registerTokenAuthRoutes(server: Server): void {
  const { db } = server;
  const { get, post } = routesOf(server);
  const url = '/api/v1/auth/token-auth/identities/:identityId';

  post(url, {}, async ({ actor, params }) => {
    const { id, authMethods } = await manageIdentity(server, actor, params.identityId, 'create');
    if (authMethods.includes('token-auth'))
      throw badRequest('Failed to add token auth to already configured identity');
    await db.query`update identities set "authMethods" = "authMethods" || '{token-auth}' where id = ${id}`;
    return { identityTokenAuth: { identityId: id, accessTokenTTL: 0, accessTokenMaxTTL: 0 } };
  });

  const named = z.object({ name: z.string().optional() });
  post(`${url}/tokens`, { body: named }, async ({ actor, body: { name }, params }) => {
    const { id, authMethods } = await manageIdentity(server, actor, params.identityId, 'create');
    if (!authMethods.includes('token-auth')) throw badRequest('The identity does not have Token Auth');
    const { adminIdentityIds } = await readServerConfig(db);
    if (adminIdentityIds.includes(id) && !actor.superAdmin) {
      throw forbidden('Only super admins can create tokens for instance admin identities');
    }
    const token = { identityId: id, authMethod: 'token-auth', name };
    const { row, accessToken } = await issueAccessToken(server, token);
    return { ...tokenAnswer(row, accessToken), tokenData: row };
  });

  get(`${url}/tokens`, {}, async ({ actor, params }) => {
    const { id } = await manageIdentity(server, actor, params.identityId, 'read');
    const tokens = await db.query<AccessToken>`
      select * from access_tokens where "identityId" = ${id} and "authMethod" = 'token-auth' order by "createdAt"`;
    return { tokens };
  });

  post('/api/v1/auth/token-auth/tokens/:tokenId/revoke', {}, async ({ actor, params: { tokenId } }) => {
    const token = await db.first<AccessToken>`select * from access_tokens where id::text = ${tokenId}`;
    if (token === undefined || token.isAccessTokenRevoked)
      throw notFound(`Token with ID ${tokenId} not found or already revoked`);
    await manageIdentity(server, actor, token.identityId, 'edit');
    await markRevoked(server, token.id);
    return { message: 'Successfully revoked access token' };
  });
}
