import { z } from 'zod';
import { badRequest, forbidden, notFound } from '../http/api-error';
import type { Server } from '../http/context';
import { route } from '../http/route';
import { issueAccessToken, tokenAnswer, type AccessToken } from '../model/access-tokens';
import { readServerConfig } from '../model/server-config';
import { manageIdentity } from '../model/universal-auth';
import { first } from '../store/database';

/** Token Auth: the way back to a token for the instance-admin identity (only a super admin may mint that one). */
export function registerTokenAuthRoutes(server: Server): void {
  const { db } = server;
  const url = '/api/v1/auth/token-auth/identities/:identityId';

  route(server, {
    method: 'POST',
    url,
    access: 'member',
    rate: 'write',
    handle: async ({ actor, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'create');
      if (identity.authMethods.includes('token-auth')) {
        throw badRequest('Failed to add token auth to already configured identity');
      }
      await db.query(`update identities set "authMethods" = "authMethods" || '{token-auth}' where id = $1`, [
        identity.id,
      ]);
      return { identityTokenAuth: { identityId: identity.id, accessTokenTTL: 0, accessTokenMaxTTL: 0 } };
    },
  });

  route(server, {
    method: 'POST',
    url: `${url}/tokens`,
    access: 'member',
    rate: 'write',
    body: z.object({ name: z.string().optional() }),
    handle: async ({ actor, body, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'create');
      if (!identity.authMethods.includes('token-auth'))
        throw badRequest('The identity does not have Token Auth');
      const { adminIdentityIds } = await readServerConfig(db);
      if (adminIdentityIds.includes(identity.id) && !actor.superAdmin) {
        throw forbidden('Only super admins can create tokens for instance admin identities');
      }
      const { row, accessToken } = await issueAccessToken(server, {
        identityId: identity.id,
        authMethod: 'token-auth',
        ...(body.name === undefined ? {} : { name: body.name }),
      });
      return { ...tokenAnswer(row, accessToken), tokenData: row };
    },
  });

  route(server, {
    method: 'GET',
    url: `${url}/tokens`,
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'read');
      const tokens = await db.query<AccessToken>(
        `select * from access_tokens where "identityId" = $1 and "authMethod" = 'token-auth' order by "createdAt"`,
        [identity.id],
      );
      return { tokens };
    },
  });

  route(server, {
    method: 'POST',
    url: '/api/v1/auth/token-auth/tokens/:tokenId/revoke',
    access: 'member',
    rate: 'write',
    handle: async ({ actor, params }) => {
      const token = await first<AccessToken>(db, 'select * from access_tokens where id::text = $1', [
        params.tokenId,
      ]);
      if (token === undefined) throw notFound(`Token with ID ${params.tokenId} not found`);
      await manageIdentity(server, actor, token.identityId, 'edit');
      await db.query('update access_tokens set "isAccessTokenRevoked" = true where id = $1', [token.id]);
      return { message: 'Successfully revoked access token' };
    },
  });
}
