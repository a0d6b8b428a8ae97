import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign as signWith,
  verify as verifyWith,
} from 'node:crypto';
import { join } from 'node:path';
import stringify from 'safe-stable-stringify';
import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import type { Claims, SignedOrder } from '../../contracts/run/hosts';
import { createFileOnce } from '../files/atomic';
import { parseState, readStateFile, secretField, STATE_VERSION, stateText } from '../files/state-file';

// ESM only, and not needed by most commands
const age = () => import('age-encryption');

const HOST_KEY = 'host-key.json';
const hostKeySchema = z.object({
  version: z.literal(STATE_VERSION),
  identity: secretField,
  recipient: z.string(),
});

/** That key pair, if this host has one. */
export const heldHostKey = (stateDir: string) => readStateFile(stateDir, HOST_KEY, hostKeySchema);

/** The age key pair of this host in an environment that it joins: made once, and its secret half never leaves the host. */
export async function hostKey(stateDir: string): Promise<{ identity: Secret; recipient: string }> {
  const stored = await heldHostKey(stateDir);
  if (stored !== undefined) return stored;
  const { generateX25519Identity, identityToRecipient } = await age();
  const identity = await generateX25519Identity();
  const made = stateText({ identity: new Secret(identity), recipient: await identityToRecipient(identity) });
  const path = join(stateDir, HOST_KEY);
  return parseState(path, await createFileOnce(path, made), hostKeySchema);
}

const HOME_KEY = 'home-key.json';
const homeKeySchema = z.object({ version: z.literal(STATE_VERSION), privateKey: secretField });

/** The Ed25519 key that the home signs its orders with: made once. */
async function homeKey(stateDir: string) {
  const path = join(stateDir, HOME_KEY);
  const stored = await readStateFile(stateDir, HOME_KEY, homeKeySchema);
  const { privateKey } = stored ?? parseState(path, await createFileOnce(path, newHomeKey()), homeKeySchema);
  return createPrivateKey(privateKey.reveal());
}

function newHomeKey(): string {
  const { privateKey } = generateKeyPairSync('ed25519');
  return stateText({ privateKey: new Secret(privateKey.export({ type: 'pkcs8', format: 'pem' }) as string) });
}

/** The public half, as hosts keep it: SPKI in base64. */
export async function homePublicKey(stateDir: string): Promise<string> {
  const spki = createPublicKey(await homeKey(stateDir)).export({ type: 'spki', format: 'der' });
  return spki.toString('base64');
}

const PINNED = 'home.json';
const pinnedSchema = z.object({ version: z.literal(STATE_VERSION), key: z.string().min(1) });

/** Keeps the home's key; Refused where another one was kept before: somebody else may speak for it. */
export async function pinHomeKey(stateDir: string, key: string): Promise<void> {
  const path = join(stateDir, PINNED);
  const pinned = parseState(path, await createFileOnce(path, stateText({ key })), pinnedSchema);
  if (pinned.key === key) return;
  throw refused(
    `The home answers with the key ${fingerprint(key)}, and the one that this host knows is ${fingerprint(pinned.key)}: nothing was taken from it. If the home was set up anew, remove ${path} and join again.`,
  );
}

export const pinnedHomeKey = async (stateDir: string): Promise<string | undefined> =>
  (await readStateFile(stateDir, PINNED, pinnedSchema))?.key;

/** What people compare on both sides: `SHA256:…`, as ssh shows keys. */
export const fingerprint = (key: string): string =>
  `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;

/** What an operator accepts: exactly these claims of exactly this key. */
export const claimsDigest = (claims: Claims): string =>
  createHash('sha256').update(stringify(claims)).digest('hex').slice(0, 32);

export async function signOrder(stateDir: string, text: string): Promise<SignedOrder> {
  const signature = signWith(null, Buffer.from(text), await homeKey(stateDir));
  return { text, signature: signature.toString('base64') };
}

/** Whether the key's holder has signed it. */
export function isSignedBy(key: string, { text, signature }: SignedOrder): boolean {
  try {
    const publicKey = createPublicKey({ key: Buffer.from(key, 'base64'), type: 'spki', format: 'der' });
    return verifyWith(null, Buffer.from(text), publicKey, Buffer.from(signature, 'base64'));
  } catch {
    return false; // no key, or no signature at all
  }
}

/** Encrypts for one host: base64 of an age file. */
export async function sealTo(recipient: string, content: Secret): Promise<string> {
  const { Encrypter } = await age();
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return Buffer.from(await encrypter.encrypt(content.reveal())).toString('base64');
}

/** Opens what was sealed to this host; Refused where it was sealed to another one. */
export async function openWith(identity: Secret, sealed: string): Promise<Secret> {
  const { Decrypter } = await age();
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity.reveal());
  try {
    return new Secret(await decrypter.decrypt(Buffer.from(sealed, 'base64'), 'text'));
  } catch {
    throw refused('The credential that the home sent is sealed to another key than this host’s.');
  }
}
