import { createCipheriv, generateKeyPairSync, randomBytes } from 'node:crypto';
import { argon2id } from 'hash-wasm';
import * as jsrp from 'jsrp';
import type { Secret } from '../contracts/core/secret';

/** What the first account of a 2024 server is made of. */
export interface LegacySignup {
  email: string;
  password: Secret;
  firstName: string;
  lastName: string;
}

/** The body of POST /api/v1/admin/signup on a 2024 server. It holds the password: send it, never log it. */
export interface LegacySignupBody {
  email: string;
  password: string;
  firstName: string;
  lastName: string;
  protectedKey: string;
  protectedKeyIV: string;
  protectedKeyTag: string;
  publicKey: string;
  encryptedPrivateKey: string;
  encryptedPrivateKeyIV: string;
  encryptedPrivateKeyTag: string;
  salt: string;
  verifier: string;
}

/** Does the browser's part of the first sign-up: SRP verifier, X25519 key pair, and the keys that protect it. */
export async function legacySignupBody(account: LegacySignup): Promise<LegacySignupBody> {
  const password = account.password.reveal();
  const { salt, verifier } = await srpVerifier(account.email, password);
  const passwordKey = await derivePasswordKey(password, salt);
  const key = randomBytes(32);
  const pair = x25519();
  const protectedKey = encrypt(key.toString('hex'), passwordKey);
  const privateKey = encrypt(pair.privateKey, key);
  return {
    email: account.email,
    password,
    firstName: account.firstName,
    lastName: account.lastName,
    protectedKey: protectedKey.text,
    protectedKeyIV: protectedKey.iv,
    protectedKeyTag: protectedKey.tag,
    publicKey: pair.publicKey,
    encryptedPrivateKey: privateKey.text,
    encryptedPrivateKeyIV: privateKey.iv,
    encryptedPrivateKeyTag: privateKey.tag,
    salt,
    verifier,
  };
}

/** The 32-byte key that the 2024 generation derives from a password; `salt` is used as text, not as hex. */
export function derivePasswordKey(password: string, salt: string): Promise<Uint8Array> {
  return argon2id({
    password,
    salt: Buffer.from(salt),
    memorySize: 65536,
    iterations: 3,
    parallelism: 1,
    hashLength: 32,
    outputType: 'binary',
  });
}

function srpVerifier(email: string, password: string): Promise<{ salt: string; verifier: string }> {
  const client = new jsrp.client();
  return new Promise((resolve, reject) => {
    client.init({ username: email, password }, () =>
      client.createVerifier((error, result) => (error ? reject(error) : resolve(result))),
    );
  });
}

function x25519(): { publicKey: string; privateKey: string } {
  const { publicKey, privateKey } = generateKeyPairSync('x25519');
  const raw = (encoded: Buffer) => encoded.subarray(-32).toString('base64');
  return {
    publicKey: raw(publicKey.export({ type: 'spki', format: 'der' })),
    privateKey: raw(privateKey.export({ type: 'pkcs8', format: 'der' })),
  };
}

function encrypt(text: string, key: Uint8Array): { text: string; iv: string; tag: string } {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const encrypted = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return {
    text: encrypted.toString('base64'),
    iv: iv.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}
