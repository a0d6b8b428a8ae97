import type { Identity, Recipient } from 'age-encryption';
import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { promisify } from 'node:util';
import { badInput, refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';

/** Who may open a backup: those who have an identity of these recipients (`age1…`), or who know the passphrase. */
export type Sealing =
  | { kind: 'recipients'; recipients: readonly string[] }
  | { kind: 'passphrase'; passphrase: Secret };

/** What opens one: the lines of an age identity file, or the passphrase. */
export type Opening = { kind: 'identity'; identities: Secret } | { kind: 'passphrase'; passphrase: Secret };

// ESM only, and not needed by most commands
const age = () => import('age-encryption');

/** Encrypts what `source` gives, as `age` does. BadInput for a recipient that is none. */
export async function seal(source: Readable, sealing: Sealing): Promise<Readable> {
  const { Encrypter } = await age();
  const encrypter = new Encrypter();
  if (sealing.kind === 'passphrase') encrypter.addRecipient(byPassphrase(sealing.passphrase));
  else for (const recipient of sealing.recipients) addRecipient(encrypter, recipient);
  const clear = Readable.toWeb(source) as ReadableStream<Uint8Array>;
  return Readable.fromWeb((await encrypter.encrypt(clear as never)) as never);
}

function addRecipient(encrypter: { addRecipient: (recipient: string) => void }, recipient: string): void {
  try {
    encrypter.addRecipient(recipient);
  } catch {
    throw badInput(`${recipient.slice(0, 80)} is no age recipient: age1… , as age-keygen prints it.`);
  }
}

/** Decrypts what `source` gives; `name` is its file. Refused where it is no age file, or is not for who opens it. */
export async function unseal(source: Readable, opening: Opening, name: string): Promise<Readable> {
  const { Decrypter } = await age();
  const decrypter = new Decrypter();
  if (opening.kind === 'passphrase') decrypter.addIdentity(knowing(opening.passphrase));
  else
    for (const line of opening.identities.reveal().split('\n')) {
      const identity = line.trim();
      if (identity === '' || identity.startsWith('#')) continue;
      try {
        decrypter.addIdentity(identity);
      } catch {
        throw badInput('The identity file holds a line that is no age identity (AGE-SECRET-KEY-1…).');
      }
    }
  try {
    const clear = await decrypter.decrypt(Readable.toWeb(source) as never);
    return Readable.fromWeb(clear as never);
  } catch (error) {
    const { code, message = '' } = Object(error) as NodeJS.ErrnoException;
    if (code !== undefined) throw error;
    if (!/no identity matched/.test(message))
      throw refused(`${name} is no backup: it does not begin as an age file does, or is cut off there.`);
    const what = opening.kind === 'passphrase' ? 'the passphrase' : 'the identity file';
    throw refused(`${name} does not open with ${what}: it was made for another one.`);
  }
}

const WORK_FACTOR = 18; // as age's own; a quarter of a gigabyte for a second
const MOST_WORK = 20; // what somebody else wrote must not cost minutes
const LABEL = 'age-encryption.org/v1/scrypt';
const TAG_BYTES = 16;
const derive = promisify(scrypt as (...all: Parameters<typeof scrypt>) => void) as unknown as (
  password: string,
  salt: Buffer,
  length: number,
  options: { N: number; r: number; p: number; maxmem: number },
) => Promise<Buffer>;

const keyOf = (passphrase: Secret, salt: Buffer, factor: number) =>
  derive(passphrase.reveal(), Buffer.concat([Buffer.from(LABEL), salt]), 32, {
    N: 2 ** factor,
    r: 8,
    p: 1,
    maxmem: 2 ** (factor + 11),
  });

const NONCE = Buffer.alloc(12);
const CIPHER = 'chacha20-poly1305';
const base64 = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');

/** age's scrypt recipient by Node's own scrypt: the library's stands still for seconds, and a step must beat meanwhile. */
const byPassphrase = (passphrase: Secret): Recipient => ({
  wrapFileKey: async (fileKey) => {
    const { Stanza } = await age();
    const salt = randomBytes(16);
    const key = await keyOf(passphrase, salt, WORK_FACTOR);
    const cipher = createCipheriv(CIPHER, key, NONCE, { authTagLength: TAG_BYTES });
    const body = Buffer.concat([cipher.update(fileKey), cipher.final(), cipher.getAuthTag()]);
    return [new Stanza(['scrypt', base64(salt), String(WORK_FACTOR)], body)];
  },
});

const knowing = (passphrase: Secret): Identity => ({
  unwrapFileKey: async (stanzas) => {
    const [stanza, ...others] = stanzas;
    const [type, salt = '', factor = ''] = stanza?.args ?? [];
    if (stanza === undefined || others.length > 0 || type !== 'scrypt') return null;
    if (!/^[1-9]\d?$/.test(factor) || Number(factor) > MOST_WORK) return null;
    const key = await keyOf(passphrase, Buffer.from(salt, 'base64'), Number(factor));
    const sealed = Buffer.from(stanza.body);
    const decipher = createDecipheriv(CIPHER, key, NONCE, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    try {
      return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]);
    } catch {
      return null;
    }
  },
});
