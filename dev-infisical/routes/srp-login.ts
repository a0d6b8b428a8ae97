import * as jsrp from 'jsrp';
import { z } from 'zod';
import { broken } from '../http/api-error';
import type { Server } from '../http/context';
import { route } from '../http/route';
import { userToken } from '../model/user-token';
import { readUserByEmail, type LegacyKeys } from '../model/users';

const text = z.string().trim();

/** Login of 2024: SRP in two requests. Every failure, a wrong password included, is a 500. */
export function registerSrpLogin(server: Server): void {
  const { db } = server;
  route(server, {
    method: 'POST',
    url: '/api/v3/auth/login1',
    access: 'public',
    rate: 'auth',
    body: z.object({ email: text, clientPublicKey: text }),
    handle: async ({ body }) => {
      const user = await readUserByEmail(db, body.email);
      if (!user?.legacyKeys) throw broken();
      const srp = await srpServer(user.legacyKeys);
      const keys = [user.id, body.clientPublicKey, srp.getPrivateKey()];
      await db.query('update users set "srpClientKey" = $2, "srpServerKey" = $3 where id = $1', keys);
      return { serverPublicKey: srp.getPublicKey(), salt: user.legacyKeys.salt };
    },
  });

  route(server, {
    method: 'POST',
    url: '/api/v3/auth/login2',
    access: 'public',
    rate: 'auth',
    body: z.object({ email: text, clientProof: text }),
    handle: async ({ body, request }) => {
      if (!request.headers['user-agent']) throw broken();
      const user = await readUserByEmail(db, body.email);
      if (!user?.legacyKeys || user.srpServerKey === null || user.srpClientKey === null) throw broken();
      const srp = await srpServer(user.legacyKeys, user.srpServerKey);
      srp.setClientPublicKey(user.srpClientKey);
      if (!srp.checkClientProof(body.clientProof)) throw broken();
      await db.query('update users set "srpClientKey" = null, "srpServerKey" = null where id = $1', [
        user.id,
      ]);
      const { salt: _salt, verifier: _verifier, ...keys } = user.legacyKeys;
      return { mfaEnabled: false, encryptionVersion: 2, ...keys, token: userToken(server, user.id) };
    },
  });
}

function srpServer({ salt, verifier }: LegacyKeys, privateKey?: string): Promise<jsrp.server> {
  const srp = new jsrp.server();
  const options = { salt, verifier, ...(privateKey === undefined ? {} : { b: privateKey }) };
  return new Promise((resolve) => srp.init(options, () => resolve(srp)));
}
