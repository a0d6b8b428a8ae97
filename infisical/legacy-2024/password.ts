import { createDecipheriv } from 'node:crypto';
import { z } from 'zod';
import type { Secret } from '../../contracts/core/secret';
import type { Account } from '../backend';
import type { Session } from '../session';
import { derivePasswordKey, field, lockedKeys, srpAnswer, srpProof, type PostJson } from './administrator';

const anyAnswer = z.unknown();

/** The browser's part of it: the private key that the old password locks is locked with the new one. */
export async function changePassword(session: Session, account: Account, next: Secret): Promise<void> {
  const send: PostJson = (route, body) => session.http.send({ method: 'POST', route, body }, anyAnswer);
  const keys = await srpAnswer(send, account);
  const ofSalt = { salt: '' };
  const clientProof = await srpProof(account, async (clientPublicKey) => {
    const hello = await session.post('/api/v1/password/srp1', anyAnswer, { body: { clientPublicKey } });
    ofSalt.salt = field(hello, 'salt');
    return hello;
  });
  const passwordKey = await derivePasswordKey(account.password.reveal(), ofSalt.salt);
  const key = opened(keys, ['protectedKey', 'protectedKeyIV', 'protectedKeyTag'], passwordKey);
  const privateKey = opened(keys, ['encryptedPrivateKey', 'iv', 'tag'], Buffer.from(key, 'hex'));
  const locked = await lockedKeys({ email: account.email, password: next }, privateKey);
  const body = { clientProof, ...locked, password: next.reveal() };
  await session.post('/api/v1/password/change-password', anyAnswer, { body });
}

function opened(keys: unknown, [sealed, iv, tag]: [string, string, string], key: Uint8Array): string {
  const bytes = (name: string) => Buffer.from(field(keys, name), 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes(iv));
  decipher.setAuthTag(bytes(tag));
  return Buffer.concat([decipher.update(bytes(sealed)), decipher.final()]).toString();
}
