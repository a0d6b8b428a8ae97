import type { Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { z } from 'zod';
import { decrypt, encrypt } from '../../contracts/core/aes-gcm';
import { missingPrerequisite, refused } from '../../contracts/core/failures';
import { bindingIn, bindingOf, bound, fits, noteOf, unbound, type Binding } from './binding';
import type { CodecKeys } from './codec-keys';
import { mapLeaves, markOf, marked, textOf } from './payload-converter';

const BLOCK_BYTES = 32; // lengths of values show in such steps only

const sealedLeaf = z.strictObject({ kid: z.string(), enc: z.string() });
const contextOf = (kid: string, note: string) => `onex-secret/2 ${kid} ${note}`;

/**
 * Seals the Secrets in marked payloads with AES-256-GCM and leaves all around them readable. Each is bound to its
 * namespace, workflow and purpose, as far as the SDK tells them, and opens nowhere else. Without keys it refuses marked
 * payloads (MissingPrerequisite), so that no Secret gets into a history; all others pass.
 */
export class SecretCodec implements PayloadCodec {
  /** `anywhere` opens what was sealed at any place: for replays, which do not know theirs. */
  constructor(
    private readonly keys: CodecKeys | undefined,
    private readonly opens: 'in its place' | 'anywhere' = 'in its place',
  ) {}

  encode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return this.seal(payloads, bindingOf(context));
  }

  /** Seals for a place that the caller names. */
  async seal(payloads: Payload[], binding: Binding): Promise<Payload[]> {
    return Promise.resolve(
      payloads.map((payload) => {
        if (markOf(payload) !== 'plain') return payload;
        const keys = this.required('A Secret was to go into a history');
        const noted = bound(unbound(payload), binding);
        const text = mapLeaves(textOf(payload), (value) => seal(value, keys, noteOf(noted)));
        return marked(noted, 'sealed', text);
      }),
    );
  }

  async decode(payloads: Payload[], context?: SerializationContext): Promise<Payload[]> {
    return Promise.resolve(
      payloads.map((payload) => {
        const mark = markOf(payload);
        if (mark === undefined) return payload;
        const keys = this.required('A history holds a Secret');
        if (mark === 'plain') return payload; // opened already, by a second plugin of this kind
        const note = noteOf(payload);
        const text = mapLeaves(textOf(payload), (leaf) => open(leaf, keys, note));
        if (this.opens === 'in its place') assertFits(bindingIn(note), bindingOf(context));
        return marked(unbound(payload), 'plain', text);
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

function seal(value: unknown, keys: CodecKeys, note: string): z.infer<typeof sealedLeaf> {
  const { kid, key } = keys.current;
  const text = JSON.stringify(value);
  const over = Buffer.byteLength(text) % BLOCK_BYTES;
  const padded = text + ' '.repeat(over === 0 ? 0 : BLOCK_BYTES - over); // JSON takes spaces at its end
  return { kid, enc: encrypt(key, padded, contextOf(kid, note)) };
}

function open(leaf: unknown, keys: CodecKeys, note: string): unknown {
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
    return JSON.parse(decrypt(key, enc, contextOf(kid, note)));
  } catch {
    throw refused(
      `A Secret that was sealed with the codec key ${kid} does not open: it was altered or moved, or ONEX_CODEC_KEY_FILE has another key under this id.`,
    );
  }
}

function assertFits(there: Binding, here: Binding): void {
  if (fits(there, here)) return;
  throw refused(
    `A Secret that was sealed for ${nameOf(there)} was found at ${nameOf(here)}, and stays closed. Somebody copied it there: give the value to that workflow itself.`,
  );
}

const nameOf = ({ namespace, workflow, purpose }: Binding) =>
  [purpose, workflow && `of ${workflow}`, namespace && `in ${namespace}`].filter(Boolean).join(' ');
