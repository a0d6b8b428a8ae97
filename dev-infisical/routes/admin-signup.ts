import { createDecipheriv } from 'node:crypto';
import { z } from 'zod';
import { derivePasswordKey } from '../../infisical/legacy-signup';
import { badRequest, broken } from '../http/api-error';
import type { Server } from '../http/context';
import { route } from '../http/route';
import { createOrganization } from '../model/organizations';
import { readServerConfig, updateServerConfig } from '../model/server-config';
import { userToken } from '../model/user-token';
import { createUser, readUserByEmail, userView } from '../model/users';

const text = z.string().trim();
const signup = z.object({
  email: z.string().email().trim(),
  password: text,
  firstName: text,
  lastName: text.optional(),
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
  route(server, {
    method: 'POST',
    url: '/api/v1/admin/signup',
    access: 'public',
    rate: 'write',
    body: signup,
    handle: async ({ body, reply }) => {
      if ((await readServerConfig(db)).initialized) throw badRequest('Admin account has already been set up');
      if (await readUserByEmail(db, body.email)) throw badRequest('User already exists', 'Admin sign up');
      await openKeys(body);
      const {
        salt,
        verifier,
        publicKey,
        encryptedPrivateKey,
        protectedKey,
        protectedKeyIV,
        protectedKeyTag,
      } = body;
      const user = await createUser(db, {
        email: body.email,
        password: body.password,
        firstName: body.firstName,
        lastName: body.lastName ?? '',
        legacyKeys: {
          ...{
            salt,
            verifier,
            publicKey,
            encryptedPrivateKey,
            protectedKey,
            protectedKeyIV,
            protectedKeyTag,
          },
          iv: body.encryptedPrivateKeyIV,
          tag: body.encryptedPrivateKeyTag,
        },
      });
      const organization = await db.transaction((tx) => createOrganization(tx, 'Admin Org', user.id));
      await updateServerConfig(db, { initialized: true });
      const token = userToken(server, user.id);
      reply.header('set-cookie', `jid=${token}; Path=/; HttpOnly; SameSite=Strict`);
      return {
        message: 'Successfully set up admin account',
        user: userView(user),
        organization,
        token,
        new: '123',
      };
    },
  });
}

async function openKeys(body: z.infer<typeof signup>): Promise<void> {
  try {
    const passwordKey = await derivePasswordKey(body.password, body.salt);
    const key = open(body.protectedKey, body.protectedKeyIV, body.protectedKeyTag, passwordKey).toString();
    const { encryptedPrivateKey, encryptedPrivateKeyIV, encryptedPrivateKeyTag } = body;
    open(encryptedPrivateKey, encryptedPrivateKeyIV, encryptedPrivateKeyTag, Buffer.from(key, 'hex'));
  } catch {
    throw broken();
  }
}

function open(text: string, iv: string, tag: string, key: Uint8Array): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'));
  decipher.setAuthTag(Buffer.from(tag, 'base64'));
  return Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()]);
}
