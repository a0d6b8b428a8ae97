import { z } from 'zod';
import type { Server } from '../http/context';
import { badRequest } from '../http/errors';
import { routesOf, text } from '../http/route';
import { lockedKeys, openKeys } from './legacy-account';
import { beginProof, endProof } from './srp-proof';
import { passwordMatches, readUser, setPassword } from './users';

/** Another password for the account that asks, which says the old one. */
export function registerPasswordChange(server: Server): void {
  const { db } = server;
  const body = z.object({ oldPassword: text, newPassword: text });
  const options = { access: 'session', rate: 'auth', body } as const;
  routesOf(server).post('/api/v2/password/user/password-reset', options, async ({ actor, body }) => {
    const user = await readUser(db, actor.id);
    if (user === undefined || user.passwordHash === null)
      throw badRequest('Unable to reset password, no password is set');
    if (!(await passwordMatches(user, body.oldPassword))) throw badRequest('Incorrect current password.');
    await setPassword(db, user.id, body.newPassword);
    return undefined; // an empty answer
  });
}

/** That of 2024: the old one is proven by SRP, and the keys come locked with the new one. */
export function registerSrpPasswordChange(server: Server): void {
  const { db } = server;
  const { post } = routesOf(server);
  const hello = z.object({ clientPublicKey: text });
  post('/api/v1/password/srp1', { access: 'user', rate: 'auth', body: hello }, async ({ actor, body }) => {
    const user = await readUser(db, actor.id);
    return beginProof(db, user, body.clientPublicKey);
  });

  const change = lockedKeys.omit({ publicKey: true }).extend({ clientProof: text, password: text });
  const options = { access: 'user', rate: 'auth', body: change } as const;
  post('/api/v1/password/change-password', options, async ({ actor, body }) => {
    const { clientProof, password, encryptedPrivateKeyIV: iv, encryptedPrivateKeyTag: tag, ...others } = body;
    const user = await endProof(db, await readUser(db, actor.id), clientProof);
    const legacyKeys = { ...user.legacyKeys, ...others, iv, tag };
    await openKeys(password, legacyKeys);
    await setPassword(db, user.id, password, legacyKeys);
    return { message: 'Successfully changed password' };
  });
}
