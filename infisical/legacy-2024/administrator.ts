import { createCipheriv, createDecipheriv, generateKeyPairSync, randomBytes } from 'node:crypto';
import { setImmediate as noticeClosedSockets } from 'node:timers/promises';
import { argon2id } from 'hash-wasm';
import * as jsrp from 'jsrp';
import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import type { Account } from '../backend';
import { Deadline, type InfisicalHttp } from '../http';
import { isInfisicalError } from '../problem';
import type { Session } from '../session';

type NameAndPassword = Pick<Account, 'email' | 'password'>;

/** The organisation of a new instance gets the server's own name for it, and no token is handed out. */
export async function setUp(http: InfisicalHttp, account: Account): Promise<{ token: undefined }> {
  const body = await signupBody(account);
  await noticeClosedSockets(); // on a slow machine the keys take longer than the server keeps a connection open
  const route = '/api/v1/admin/signup';
  await http.send({ method: 'POST', route, body, deadline: Deadline.bootstrap }, z.unknown());
  return { token: undefined };
}

/** The body of the first sign-up, with the browser's part done. It holds the password: send it, never log it. */
export async function signupBody({ email, password }: NameAndPassword) {
  const pair = generateKeyPairSync('x25519');
  const raw = (encoded: Buffer) => encoded.subarray(-32).toString('base64');
  const privateKey = raw(pair.privateKey.export({ type: 'pkcs8', format: 'der' }));
  return {
    email,
    password: password.reveal(),
    firstName: 'Admin',
    lastName: 'User',
    publicKey: raw(pair.publicKey.export({ type: 'spki', format: 'der' })),
    ...(await lockedKeys({ email, password }, privateKey)),
  };
}

/** An account's private key as its password locks it, and what the server checks that password by. */
export async function lockedKeys({ email, password }: NameAndPassword, privateKey: string) {
  const { salt, verifier } = await srpVerifier(email, password.reveal());
  const passwordKey = await derivePasswordKey(password.reveal(), salt);
  const key = randomBytes(32);
  return {
    ...encrypted('protectedKey', key.toString('hex'), passwordKey),
    ...encrypted('encryptedPrivateKey', privateKey, key),
    salt,
    verifier,
  };
}

/** The 32-byte key that this generation derives from a password; `salt` is used as text, not as hex. */
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

async function srpVerifier(email: string, password: string): Promise<{ salt: string; verifier: string }> {
  const client = await srpClient(email, password);
  return new Promise((resolve, reject) =>
    client.createVerifier((error, result) => (error ? reject(error) : resolve(result))),
  );
}

function srpClient(username: string, password: string): Promise<jsrp.client> {
  const client = new jsrp.client();
  return new Promise((resolve) => client.init({ username, password }, () => resolve(client)));
}

function encrypted<Name extends string>(name: Name, text: string, key: Uint8Array) {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return {
    [name]: sealed.toString('base64'),
    [`${name}IV`]: iv.toString('base64'),
    [`${name}Tag`]: cipher.getAuthTag().toString('base64'),
  } as Record<Name | `${Name}IV` | `${Name}Tag`, string>;
}

/** A wrong password and a passing fault are the same 500 here: one that stays is a no. */
const TRIES = 3;
const answerSchema = z.looseObject({ mfaEnabled: z.boolean().default(false) });

export async function logIn(
  http: InfisicalHttp,
  account: Account,
  tries = TRIES,
): Promise<Secret | 'second factor'> {
  let secondFactor = false;
  const post: PostJson = async (route, body) => {
    const answer = await http.send({ method: 'POST', route, body }, answerSchema);
    secondFactor ||= answer.mfaEnabled;
    return answer;
  };
  try {
    const token = await srpLogin(post, account);
    return secondFactor ? 'second factor' : token;
  } catch (error) {
    if (secondFactor) return 'second factor';
    if (isInfisicalError(error, 'invalid', 'notFound')) throw error.as({ kind: 'unauthorised' });
    if (!isInfisicalError(error, 'unavailable')) throw error;
    const isPlain500 = error.status === 500 && error.isNamed(/./);
    // between its two requests the server may close a connection that was idle for the time of the proof
    const isCut = 'reason' in error.problem && error.problem.reason === 'network';
    if ((isPlain500 || isCut) && tries > 1) return logIn(http, account, tries - 1);
    throw isPlain500 ? error.as({ kind: 'unauthorised' }) : error;
  }
}

/** Sends one POST with a JSON body and gives the parsed body of its 200 answer; everything else is its own error. */
export type PostJson = (path: string, body: Record<string, string>) => Promise<unknown>;

/** Logs in by SRP. The token has no organisation yet: select one with it. */
export async function srpLogin(post: PostJson, account: NameAndPassword): Promise<Secret> {
  return new Secret(field(await srpAnswer(post, account), 'token'));
}

/** What a login by SRP answers: a token, and the account's keys as its password locks them. */
export async function srpAnswer(post: PostJson, account: NameAndPassword): Promise<unknown> {
  const { email } = account;
  const clientProof = await srpProof(account, (clientPublicKey) =>
    post('/api/v3/auth/login1', { email, clientPublicKey }),
  );
  return post('/api/v3/auth/login2', { email, clientProof });
}

/** Proves a password without sending it; `hello` sends the client's half and gives the server's. */
export async function srpProof(
  { email, password }: NameAndPassword,
  hello: (clientPublicKey: string) => Promise<unknown>,
): Promise<string> {
  const client = await srpClient(email, password.reveal());
  const first = await hello(client.getPublicKey());
  client.setSalt(field(first, 'salt'));
  client.setServerPublicKey(field(first, 'serverPublicKey'));
  const proof = client.getProof();
  await noticeClosedSockets();
  return proof;
}

export function field(body: unknown, name: string): string {
  const { data } = z.looseObject({ [name]: z.string() }).safeParse(body);
  const value = data?.[name];
  if (typeof value !== 'string')
    throw refused(`SRP login: the server's answer has no "${name}"; is this an Infisical of 2024?`);
  return value;
}

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
