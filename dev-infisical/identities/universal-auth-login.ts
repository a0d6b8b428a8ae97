import { z } from 'zod';
import type { Server } from '../http/context';
import { notFound, unauthorized } from '../http/errors';
import { routesOf, text } from '../http/route';
import { issueAccessToken, tokenAnswer } from './access-tokens';
import { findClientSecret, revokeClientSecret, type ClientSecret } from './client-secrets';
import { countFailure, isLockedOut } from './lockout';
import type { UniversalAuth } from './universal-auth';

/** Login of a machine: bad secrets lock the client id out (today), used up or expired ones are revoked. */
export function registerUniversalAuthLogin(server: Server): void {
  const { db, legacy, redis } = server;
  const options = { access: 'public', body: z.object({ clientId: text, clientSecret: text }) } as const;

  routesOf(server).post('/api/v1/auth/universal-auth/login', options, async ({ body }) => {
    const auth = await db.first<UniversalAuth>`
      select * from universal_auths where "clientId"::text = ${body.clientId}`;
    if (auth === undefined) {
      throw legacy
        ? notFound('No identity with specified client ID was found')
        : unauthorized('Invalid credentials');
    }
    if (!legacy && (await isLockedOut(redis, auth))) {
      throw unauthorized('This identity auth method is temporarily locked, please try again later');
    }
    const secret = await findClientSecret(db, auth.id, body.clientSecret);
    if (secret === undefined) {
      if (!legacy) await countFailure(redis, auth);
      throw unauthorized('Invalid credentials');
    }
    await checkUsable(secret);
    await db.query`
      update client_secrets set "clientSecretNumUses" = "clientSecretNumUses" + 1 where id = ${secret.id}`;
    const { id: _id, ...lifetimes } = auth;
    const token = { ...lifetimes, authMethod: 'universal-auth', clientSecretId: secret.id };
    const { row, accessToken } = await issueAccessToken(server, token);
    return tokenAnswer(row, accessToken);
  });

  const checkUsable = async (secret: ClientSecret) => {
    const { clientSecretTTL: ttl, clientSecretNumUsesLimit: limit, clientSecretNumUses: uses } = secret;
    const isExpired = ttl > 0 && Date.now() > secret.createdAt.getTime() + ttl * 1000;
    if (!isExpired && (limit === 0 || uses < limit)) return;
    await revokeClientSecret(db, secret.id);
    throw unauthorized(
      `Access denied due to ${isExpired ? 'expired client secret' : 'client secret usage limit reached'}`,
    );
  };
}
