import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import type { Secret } from '../../contracts/core/secret';
import { deriveKey } from './derive-key';
import { keptRecordSchema, type KeptRecord } from './kept-record';
import type { LastKnownGoodProblem } from './last-known-good-problem';
import type { Place } from './place';

const ALGORITHM = 'aes-256-gcm';
const VERSION = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;

const versionSchema = z.object({ version: z.number() });
const fileSchema = z.strictObject({
  version: z.literal(VERSION),
  /** Tells the key from others, and nothing about it. */
  key: z.string(),
  iv: z.base64(),
  tag: z.base64(),
  ciphertext: z.base64(),
});

export type Unsealed =
  | { state: 'open'; record: KeptRecord }
  | { state: 'refused'; reason: LastKnownGoodProblem['reason']; message: string };

/** Encrypts records and opens them again: AES-256-GCM, bound to the place and to the version of the format. */
export class RecordSeal {
  private readonly key: Buffer;
  private readonly fingerprint: string;

  constructor(key: Secret) {
    this.key = deriveKey(key, 'encryption');
    this.fingerprint = deriveKey(key, 'fingerprint').toString('hex').slice(0, 16);
  }

  seal(record: KeptRecord, place: Place): string {
    const iv = randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, iv).setAAD(associatedData(place));
    const ciphertext = Buffer.concat([cipher.update(JSON.stringify(record)), cipher.final()]);
    return JSON.stringify({
      version: VERSION,
      key: this.fingerprint,
      iv: iv.toString('base64'),
      tag: cipher.getAuthTag().toString('base64'),
      ciphertext: ciphertext.toString('base64'),
    });
  }

  unseal(text: string, place: Place): Unsealed {
    try {
      const json: unknown = JSON.parse(text);
      const { version } = versionSchema.parse(json);
      if (version !== VERSION)
        return refuse(
          'unreadable',
          `it has format ${version}, this release reads ${VERSION}; the next good read replaces it`,
        );
      const file = fileSchema.parse(json);
      if (file.key !== this.fingerprint)
        return refuse(
          'wrong key',
          'it was encrypted with another key (was the client secret rotated?); the next good read replaces it',
        );
      return { state: 'open', record: this.decrypt(file, place) };
    } catch {
      // the errors of JSON, zod and crypto may quote what they were given
      return refuse(
        'corrupt',
        'it is damaged, or was moved here from another place; the next good read replaces it',
      );
    }
  }

  private decrypt(file: z.infer<typeof fileSchema>, place: Place): KeptRecord {
    const decipher = createDecipheriv(ALGORITHM, this.key, Buffer.from(file.iv, 'base64'), {
      authTagLength: TAG_BYTES, // a shorter tag would be easier to forge
    })
      .setAAD(associatedData(place))
      .setAuthTag(Buffer.from(file.tag, 'base64'));
    const plain = Buffer.concat([decipher.update(Buffer.from(file.ciphertext, 'base64')), decipher.final()]);
    return keptRecordSchema.parse(JSON.parse(plain.toString()));
  }
}

const refuse = (reason: LastKnownGoodProblem['reason'], message: string): Unsealed => ({
  state: 'refused',
  reason,
  message,
});

function associatedData({ host, projectId, environment, path, identity }: Place): Buffer {
  return Buffer.from(
    JSON.stringify(['last-known-good', VERSION, host, projectId, environment, path, identity]),
  );
}
