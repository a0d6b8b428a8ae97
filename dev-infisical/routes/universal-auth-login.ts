import { z } from 'zod';
import { notFound, unauthorized } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import { issueAccessToken, tokenAnswer } from '../model/access-tokens';
import { findClientSecret, revokeClientSecret, type ClientSecret } from '../model/client-secrets';
import { countFailure, isLockedOut } from '../model/lockout';
import type { UniversalAuth } from '../model/universal-auth';
import { first } from '../store/database';

/** Login of a machine: bad secrets lock the client id out (today), used up or expired ones are revoked. */
export function registerUniversalAuthLogin(server: Server): void {
  const { db } = server;
  const legacy = isLegacy(server);

  route(server, {
    method: 'POST',
    url: '/api/v1/auth/universal-auth/login',
    access: 'public',
    rate: 'write',
    body: z.object({ clientId: z.string().trim(), clientSecret: z.string().trim() }),
    handle: async ({ body }) => {
      const auth = await first<UniversalAuth>(
        db,
        'select * from universal_auths where "clientId"::text = $1',
        [body.clientId],
      );
      if (auth === undefined) {
        throw legacy
          ? notFound('No identity with specified client ID was found')
          : unauthorized('Invalid credentials');
      }
      if (!legacy && (await isLockedOut(server.redis, auth))) {
        throw unauthorized('This identity auth method is temporarily locked, please try again later');
      }
      const secret = await findClientSecret(db, auth.id, body.clientSecret);
      if (secret === undefined) {
        if (!legacy) await countFailure(server.redis, auth);
        throw unauthorized('Invalid credentials');
      }
      await checkUsable(secret);
      await db.query(
        'update client_secrets set "clientSecretNumUses" = "clientSecretNumUses" + 1 where id = $1',
        [secret.id],
      );
      const { row, accessToken } = await issueAccessToken(server, {
        identityId: auth.identityId,
        authMethod: 'universal-auth',
        clientSecretId: secret.id,
        accessTokenTTL: auth.accessTokenTTL,
        accessTokenMaxTTL: auth.accessTokenMaxTTL,
        accessTokenPeriod: auth.accessTokenPeriod,
        accessTokenNumUsesLimit: auth.accessTokenNumUsesLimit,
      });
      return tokenAnswer(row, accessToken);
    },
  });

  const checkUsable = async (secret: ClientSecret) => {
    const { clientSecretTTL: ttl, clientSecretNumUsesLimit: limit, clientSecretNumUses: uses } = secret;
    if (ttl > 0 && Date.now() > secret.createdAt.getTime() + ttl * 1000) {
      await revokeClientSecret(db, secret.id);
      throw unauthorized('Access denied due to expired client secret');
    }
    if (limit > 0 && uses >= limit) {
      await revokeClientSecret(db, secret.id);
      throw unauthorized('Access denied due to client secret usage limit reached');
    }
  };
}
