import type { Payload, PayloadCodec } from '@temporalio/common';
import { z } from 'zod';
import { decrypt, encrypt } from '../../contracts/core/aes-gcm';
import { missingPrerequisite, refused } from '../../contracts/core/failures';
import type { CodecKeys } from './codec-keys';
import { mapLeaves, markOf, marked, textOf } from './payload-converter';

const BLOCK_BYTES = 32; // lengths of values show in such steps only

const sealedLeaf = z.strictObject({ kid: z.string(), enc: z.string() });
const contextOf = (kid: string) => `onex-secret/1 ${kid}`;

/**
 * Seals the Secrets in marked payloads with AES-256-GCM and leaves all around them readable. Without keys it refuses
 * marked payloads (MissingPrerequisite), so that no Secret gets into a history; all others pass.
 */
export class SecretCodec implements PayloadCodec {
  constructor(private readonly keys: CodecKeys | undefined) {}

  async encode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(
      payloads.map((payload) => {
        if (markOf(payload) !== 'plain') return payload;
        const keys = this.required('A Secret was to go into a history');
        const text = mapLeaves(textOf(payload), (value) => seal(value, keys));
        return marked(payload, 'sealed', text);
      }),
    );
  }

  async decode(payloads: Payload[]): Promise<Payload[]> {
    return Promise.resolve(
      payloads.map((payload) => {
        const mark = markOf(payload);
        if (mark === undefined) return payload;
        const keys = this.required('A history holds a Secret');
        if (mark === 'plain') return payload; // opened already, by a second plugin of this kind
        const text = mapLeaves(textOf(payload), (leaf) => open(leaf, keys));
        return marked(payload, 'plain', text);
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
  const text = JSON.stringify(value);
  const over = Buffer.byteLength(text) % BLOCK_BYTES;
  const padded = text + ' '.repeat(over === 0 ? 0 : BLOCK_BYTES - over); // JSON takes spaces at its end
  return { kid, enc: encrypt(key, padded, contextOf(kid)) };
}

function open(leaf: unknown, keys: CodecKeys): unknown {
  const { success, data } = sealedLeaf.safeParse(leaf);
  if (!success)
    throw refused('A payload says that its Secrets are sealed, but one of them has no kid and enc.');
  const { kid, enc } = data;
  const key = keys.find(kid);
  if (key === undefined)
    throw missingPrerequisite(
      `A Secret was sealed with the codec key ${kid}, which is not in ONEX_CODEC_KEY_FILE. Add its line after the first one.`,
    );
  try {
    return JSON.parse(decrypt(key, enc, contextOf(kid)));
  } catch {
    throw refused(
      `A Secret that was sealed with the codec key ${kid} does not open: it was altered, or ONEX_CODEC_KEY_FILE has another key under this id.`,
    );
  }
}
