import { createDecipheriv } from 'node:crypto';
import { z } from 'zod';
import { derivePasswordKey } from '../../infisical/legacy-2024/administrator';
import type { Server } from '../http/context';
import { badRequest, broken } from '../http/errors';
import { routesOf, text } from '../http/route';
import { crashAfter } from './bootstrap';
import { createOrganization } from './organizations';
import { readServerConfig, updateServerConfig } from './server-config';
import { beginProof, endProof } from './srp-proof';
import { createUser, readUserByEmail, userToken, userView, type LegacyKeys } from './users';

const account = z.object({
  email: z.string().email().trim(),
  password: text,
  firstName: text,
  lastName: text.optional(),
});
/** An account's keys as its password locks them. */
export const lockedKeys = z.object({
  protectedKey: text,
  protectedKeyIV: text,
  protectedKeyTag: text,
  publicKey: text,
  encryptedPrivateKey: text,
  encryptedPrivateKeyIV: text,
  encryptedPrivateKeyTag: text,
  salt: text,
  verifier: text,
});

/** The browser's sign-up of 2024: the server opens the keys with the password and refuses junk with a 500. */
export function registerAdminSignup(server: Server): void {
  const { db } = server;
  const body = account.extend(lockedKeys.shape);
  routesOf(server).post('/api/v1/admin/signup', { access: 'public', body }, async ({ body, reply }) => {
    if ((await readServerConfig(db)).initialized) throw badRequest('Admin account has already been set up');
    if (await readUserByEmail(db, body.email)) throw badRequest('User already exists', 'Admin sign up');
    const { encryptedPrivateKeyIV: iv, encryptedPrivateKeyTag: tag, ...others } = lockedKeys.parse(body);
    const legacyKeys = { ...others, iv, tag };
    await openKeys(body.password, legacyKeys);
    const { email, password, firstName, lastName = '' } = body;
    const user = await createUser(db, { email, password, firstName, lastName, legacyKeys });
    crashAfter(server, 'user');
    const organization = await createOrganization(db, 'Admin Org', user.id);
    crashAfter(server, 'organization');
    await updateServerConfig(db, { initialized: true });
    const token = userToken(server, user);
    reply.header('set-cookie', `jid=${token}; Path=/; HttpOnly; SameSite=Strict`);
    const message = 'Successfully set up admin account';
    return { message, user: userView(user), organization, token, new: '123' };
  });
}

/** Opens the keys with the password; junk is a 500. */
export async function openKeys(password: string, given: LegacyKeys): Promise<void> {
  try {
    const passwordKey = await derivePasswordKey(password, given.salt);
    const key = open(given.protectedKey, given.protectedKeyIV, given.protectedKeyTag, passwordKey).toString();
    open(given.encryptedPrivateKey, given.iv, given.tag, Buffer.from(key, 'hex'));
  } catch {
    throw broken();
  }
}

function open(sealed: string, iv: string, tag: string, key: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'));
  decipher.setAuthTag(Buffer.from(tag, 'base64'));
  return Buffer.concat([decipher.update(Buffer.from(sealed, 'base64')), decipher.final()]);
}

/** Login of 2024: SRP in two requests. Every failure, a wrong password included, is a 500. */
export function registerSrpLogin(server: Server): void {
  const { db } = server;
  const { post } = routesOf(server);
  const hello = z.object({ email: text, clientPublicKey: text });
  post('/api/v3/auth/login1', { access: 'public', rate: 'auth', body: hello }, async ({ body }) => {
    const user = await readUserByEmail(db, body.email);
    return beginProof(db, user, body.clientPublicKey);
  });

  const proof = z.object({ email: text, clientProof: text });
  post('/api/v3/auth/login2', { access: 'public', rate: 'auth', body: proof }, async ({ body, request }) => {
    if (!request.headers['user-agent']) throw broken();
    const user = await readUserByEmail(db, body.email);
    const proven = await endProof(db, user, body.clientProof);
    const { salt: _salt, verifier: _verifier, ...shown } = proven.legacyKeys;
    return { mfaEnabled: false, encryptionVersion: 2, ...shown, token: userToken(server, proven) };
  });
}
