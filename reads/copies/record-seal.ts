import { hkdfSync } from 'node:crypto';
import { z } from 'zod';
import { decrypt, encrypt } from '../../contracts/core/aes-gcm';
import { badInput } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { keptRecordSchema, type KeptRecord } from './kept-record';
import { reading, type CopyPlace } from './record-files';

const VERSION = 1;
/** Characters of an operator's key. */
const SHORTEST = 16;

const versionSchema = z.object({ version: z.number() });
const fileSchema = z.strictObject({
  version: z.literal(VERSION),
  /** Tells the key from others, and nothing about it. */
  key: z.string(),
  sealed: z.base64(),
});

/** Why a copy is not served. */
export type CopyRefusal = 'corrupt' | 'too old' | 'wrong key' | 'clock set back' | 'unreadable';

export type Unsealed =
  | { state: 'open'; record: KeptRecord }
  | { state: 'refused'; reason: CopyRefusal; message: string };

/** Encrypts records and opens them again, bound to the place and to the version of the format. */
export class RecordSeal {
  private readonly key: Buffer;
  private readonly fingerprint: string;

  constructor(key: Secret) {
    this.key = deriveKey(key, 'encryption');
    this.fingerprint = deriveKey(key, 'fingerprint').toString('hex').slice(0, 16);
  }

  seal(record: KeptRecord, place: CopyPlace): string {
    const sealed = encrypt(this.key, JSON.stringify(record), contextOf(place));
    return JSON.stringify({ version: VERSION, key: this.fingerprint, sealed });
  }

  unseal(text: string, place: CopyPlace): Unsealed {
    try {
      const json: unknown = JSON.parse(text);
      const { version } = versionSchema.parse(json);
      if (version !== VERSION)
        return refuse('unreadable', `it has format ${version}, this release reads ${VERSION}`);
      const file = fileSchema.parse(json);
      if (file.key !== this.fingerprint)
        return refuse('wrong key', 'it was encrypted with another key (was the client secret rotated?)');
      const record = keptRecordSchema.parse(JSON.parse(decrypt(this.key, file.sealed, contextOf(place))));
      return { state: 'open', record };
    } catch {
      // the errors of JSON, zod and crypto may quote what they were given
      return refuse('corrupt', 'it is damaged, or was moved here from another place');
    }
  }
}

const refuse = (reason: CopyRefusal, why: string): Unsealed => ({
  state: 'refused',
  reason,
  message: `${why}; the next good read replaces it`,
});

const contextOf = (place: CopyPlace) => {
  const { host, projectId, environment, path, identity } = place;
  return JSON.stringify([
    'last-known-good',
    VERSION,
    host,
    projectId,
    environment,
    path,
    identity,
    ...reading(place),
  ]);
};

/**
 * The key of the copies: derived from the operator's text of at least 16 characters (random, not a password: HKDF is
 * quick to try), or else from the client secret. Then a rotation of the client secret makes older copies useless.
 */
export function lastKnownGoodKey(given: Secret | undefined, clientSecret: Secret): Secret {
  const text = given?.reveal().trim() ?? ''; // as a file ends with a line break
  const derived = (secret: Secret, purpose: string) => new Secret(deriveKey(secret, purpose).toString('hex'));
  if (text === '') return derived(clientSecret, 'from client secret');
  if (text.length >= SHORTEST) return derived(new Secret(text), 'from operator');
  throw badInput(
    `The key for last known good values has ${text.length} characters, at least ${SHORTEST} are needed. Make one with: openssl rand -base64 32`,
  );
}

/** 32 bytes by HKDF-SHA256; each `purpose` gives another key, and none tells anything of `secret`. */
function deriveKey(secret: Secret, purpose: string): Buffer {
  const info = `onex-bootstrap last-known-good ${purpose}`;
  return Buffer.from(hkdfSync('sha256', secret.reveal(), '', info, 32));
}
