import type { Payload } from '@temporalio/common';
import { mapLeaves, markOf, marked, parseSecrets, textOf } from '../../worker/sealing/payload-converter';
import { isSealedText } from '../../worker/sealing/sealed-text';
import type { SecretCodec } from '../../worker/sealing/secret-codec';

export type Route = 'encode' | 'decode';

/**
 * Runs the codec over payloads; `leaves` is how many Secrets were in them. A person writes and reads a Secret as
 * `{"$secret": "text"}`: decoding leaves out our mark, since the CLI shows JSON for payloads without one only, and
 * encoding finds such leaves without it, so that what was decoded and is sent again does not lose its seal.
 */
export async function runCodec(
  codec: SecretCodec,
  route: Route,
  payloads: Payload[],
): Promise<{ payloads: Payload[]; leaves: number }> {
  const known = route === 'encode' ? payloads.map(found) : payloads;
  const leaves = known.reduce((sum, payload) => sum + leavesOf(payload), 0);
  if (route === 'encode') return { payloads: await codec.encode(known), leaves };
  return { payloads: (await codec.decode(known)).map(readable), leaves };
}

function leavesOf(payload: Payload): number {
  return markOf(payload) === undefined ? 0 : countLeaves(textOf(payload));
}

function countLeaves(text: string): number {
  let count = 0;
  mapLeaves(text, (content) => {
    count++;
    return content;
  });
  return count;
}

function found(payload: Payload): Payload {
  const { encoding } = payload.metadata ?? {};
  if (markOf(payload) !== undefined || !encoding || Buffer.from(encoding).toString() !== 'json/plain')
    return payload;
  const text = textOf(payload);
  return text.includes('$secret') && countLeaves(text) > 0 ? marked(payload, 'plain', text) : payload;
}

// The UI and the CLI show the text of a failure only where it is plain strings.
function readable(payload: Payload): Payload {
  if (markOf(payload) === undefined) return payload;
  const text = textOf(payload);
  const value = parseSecrets(text);
  if (!isSealedText(value)) return marked(payload, undefined, text);
  const shown = { message: value.message.reveal(), stack_trace: value.stack_trace.reveal() };
  return marked(payload, undefined, JSON.stringify(shown));
}
