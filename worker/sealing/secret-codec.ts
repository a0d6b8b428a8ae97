import type { Payload, PayloadCodec } from '@temporalio/common';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { missingPrerequisite, refused } from '../../contracts/core/failures';
import type { CodecKeys } from './codec-keys';
import { mapLeaves } from './secret-json';
import { markOf, marked, textOf } from './secret-mark';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const BLOCK_BYTES = 32; // lengths of values show in such steps only

const sealedLeaf = z.strictObject({ kid: z.string(), enc: z.string() });

/**
 * Seals the Secrets in marked payloads with AES-256-GCM and leaves all around them readable. Without keys it refuses
 * marked payloads (MissingPrerequisite), so that no Secret gets into a history; all others pass.
 */
export class SecretCodec implements PayloadCodec {
  constructor(private readonly keys: CodecKeys | undefined) {}

  encode(payloads: Payload[]): Promise<Payload[]> {
    return attempt(() =>
      payloads.map((payload) => {
        if (markOf(payload) !== 'plain') return payload;
        const keys = this.required('A Secret was to go into a history');
        return marked(
          payload,
          'sealed',
          mapLeaves(textOf(payload), (value) => seal(value, keys)),
        );
      }),
    );
  }

  decode(payloads: Payload[]): Promise<Payload[]> {
    return attempt(() =>
      payloads.map((payload) => {
        const mark = markOf(payload);
        if (mark === undefined) return payload;
        const keys = this.required('A history holds a Secret');
        if (mark === 'plain') return payload; // opened already, by a second plugin of this kind
        return marked(
          payload,
          'plain',
          mapLeaves(textOf(payload), (leaf) => open(leaf, keys)),
        );
      }),
    );
  }

  private required(found: string): CodecKeys {
    if (this.keys !== undefined) return this.keys;
    throw missingPrerequisite(
      `${found}, and no codec key is set. Set ONEX_CODEC_KEY_FILE to a file with the keys of this Temporal namespace (docs/codec.md).`,
    );
  }
}

function seal(value: unknown, keys: CodecKeys): z.infer<typeof sealedLeaf> {
  const { kid, key } = keys.current;
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv).setAAD(associated(kid));
  const sealed = Buffer.concat([iv, cipher.update(padded(JSON.stringify(value))), cipher.final()]);
  return { kid, enc: Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64') };
}

function open(leaf: unknown, keys: CodecKeys): unknown {
  const { success, data } = sealedLeaf.safeParse(leaf);
  if (!success)
    throw refused('A payload says that its Secrets are sealed, but one of them has no kid and enc.');
  const { kid, enc } = data;
  const key = keys.find(kid);
  if (key === undefined) {
    throw missingPrerequisite(
      `A Secret was sealed with the codec key ${kid}, which is not in ONEX_CODEC_KEY_FILE. Add its line after the first one.`,
    );
  }
  const bytes = Buffer.from(enc, 'base64');
  const end = bytes.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(associated(kid)).setAuthTag(bytes.subarray(end));
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, end)), decipher.final()]);
    return JSON.parse(text.toString());
  } catch {
    throw refused(
      `A Secret that was sealed with the codec key ${kid} does not open: it was altered, or ONEX_CODEC_KEY_FILE has another key under this id.`,
    );
  }
}

// JSON takes spaces at its end.
function padded(text: string): string {
  const over = Buffer.byteLength(text) % BLOCK_BYTES;
  return text + ' '.repeat(over === 0 ? 0 : BLOCK_BYTES - over);
}

function associated(kid: string): Buffer {
  return Buffer.from(`onex-secret/1 ${kid}`);
}

function attempt<T>(work: () => T): Promise<T> {
  return Promise.resolve().then(work);
}
