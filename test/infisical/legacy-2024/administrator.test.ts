import { createDecipheriv } from 'node:crypto';
import * as jsrp from 'jsrp';
import { derivePasswordKey, signupBody, srpLogin } from '../../../infisical/legacy-2024/administrator';
import { Secret } from '../../../contracts/core/secret';

const password = new Secret('a password of a test');
const account = { email: 'admin@example.com', password };

describe('signupBody', () => {
  it('protects its keys with the password, as the server of 2024 opens them', async () => {
    const body = await signupBody(account);
    const passwordKey = await derivePasswordKey(body.password, body.salt);
    const key = open(body.protectedKey, body.protectedKeyIV, body.protectedKeyTag, passwordKey);
    const { encryptedPrivateKey, encryptedPrivateKeyIV, encryptedPrivateKeyTag } = body;
    const privateKey = open(
      encryptedPrivateKey,
      encryptedPrivateKeyIV,
      encryptedPrivateKeyTag,
      Buffer.from(key, 'hex'),
    );
    expect(Buffer.from(privateKey, 'base64')).toHaveLength(32);
    expect(Buffer.from(body.publicKey, 'base64')).toHaveLength(32);
  }, 60_000);

  it('makes a verifier that a login by SRP is checked with', async () => {
    const { salt, verifier } = await signupBody(account);
    await expect(srpLogin(await loginServer(salt, verifier), account)).resolves.toBeInstanceOf(Secret);
    const wrong = srpLogin(await loginServer(salt, verifier), {
      ...account,
      password: new Secret('another password'),
    });
    await expect(wrong).rejects.toThrow('no "token"');
  }, 60_000);
});

async function loginServer(salt: string, verifier: string) {
  const server = new jsrp.server();
  await new Promise<void>((resolve) => server.init({ salt, verifier }, () => resolve()));
  return (path: string, body: Record<string, string>): Promise<unknown> => {
    if (path.endsWith('login1')) {
      server.setClientPublicKey(body.clientPublicKey ?? '');
      return Promise.resolve({ salt, serverPublicKey: server.getPublicKey() });
    }
    return Promise.resolve(server.checkClientProof(body.clientProof ?? '') ? { token: 'a token' } : {});
  };
}

function open(text: string, iv: string, tag: string, key: Uint8Array): string {
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(iv, 'base64'));
  decipher.setAuthTag(Buffer.from(tag, 'base64'));
  return Buffer.concat([decipher.update(Buffer.from(text, 'base64')), decipher.final()]).toString();
}
