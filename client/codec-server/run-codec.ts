import type { Payload } from '@temporalio/common';
import { isSealedText } from '../../worker/encryption/sealed-text';
import type { SecretCodec } from '../../worker/encryption/secret-codec';
import { mapLeaves, parseSecrets } from '../../worker/encryption/secret-json';
import { markOf, textOf, withText } from '../../worker/encryption/secret-mark';

export type Route = 'encode' | 'decode';

/** Runs the codec over payloads; `leaves` is how many Secrets were in them. */
export async function runCodec(
  codec: SecretCodec,
  route: Route,
  payloads: Payload[],
): Promise<{ payloads: Payload[]; leaves: number }> {
  const leaves = payloads.reduce((sum, payload) => sum + leavesOf(payload), 0);
  if (route === 'encode') return { payloads: await codec.encode(payloads), leaves };
  return { payloads: (await codec.decode(payloads)).map(readable), leaves };
}

function leavesOf(payload: Payload): number {
  if (markOf(payload) === undefined) return 0;
  let count = 0;
  mapLeaves(textOf(payload), (content) => {
    count++;
    return content;
  });
  return count;
}

// The UI and the CLI show the text of a failure only where it is plain strings.
function readable(payload: Payload): Payload {
  if (markOf(payload) === undefined) return payload;
  const value = parseSecrets(textOf(payload));
  if (!isSealedText(value)) return payload;
  const text = { message: value.message.reveal(), stack_trace: value.stack_trace.reveal() };
  return withText(payload, JSON.stringify(text));
}
