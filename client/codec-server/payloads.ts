import type { Payload } from '@temporalio/common';
import { z } from 'zod';
import { badInput } from '../../contracts/core/failures';
import { zodLines } from '../../contracts/core/zod-problems';
import { mapLeaves, markOf, marked, parseSecrets, textOf } from '../../worker/sealing/payload-converter';
import { isSealedText } from '../../worker/sealing/sealed-text';
import type { SecretCodec } from '../../worker/sealing/secret-codec';

export type Route = 'encode' | 'decode';

const messageSchema = z.looseObject({
  metadata: z.record(z.string(), z.base64()).default({}),
  data: z.base64().default(''),
});
// the CLI leaves out what is empty: it begins with {}
const bodySchema = z.looseObject({ payloads: z.array(messageSchema).default([]) });

/**
 * Runs the codec over the body of a request, `{payloads: [{metadata: {key: base64}, data: base64}]}`; returns the body
 * of the answer, and how many payloads and Secrets there were. BadInput for another body.
 *
 * A person writes and reads a Secret as `{"$secret": "text"}`: decoding leaves out our mark, since the CLI shows JSON
 * for payloads without one only, and encoding finds such leaves without it, so that what was decoded and is sent again
 * does not lose its seal.
 */
export async function runCodec(
  codec: SecretCodec,
  route: Route,
  body: string,
): Promise<{ body: string; payloads: number; leaves: number }> {
  const given = payloadsIn(body);
  const known = route === 'encode' ? given.map(found) : given;
  const done = route === 'encode' ? await codec.encode(known) : (await codec.decode(known)).map(readable);
  const leaves = known.filter((payload) => markOf(payload) !== undefined).map(leavesIn);
  return {
    body: JSON.stringify({ payloads: done.map(messageOf) }),
    payloads: done.length,
    leaves: leaves.reduce((sum, count) => sum + count, 0),
  };
}

function leavesIn(payload: Payload): number {
  let count = 0;
  mapLeaves(textOf(payload), (content) => {
    count++;
    return content;
  });
  return count;
}

function found(payload: Payload): Payload {
  const encoding = Buffer.from(payload.metadata?.['encoding'] ?? '').toString();
  if (markOf(payload) !== undefined || encoding !== 'json/plain') return payload;
  const text = textOf(payload);
  return text.includes('$secret') && leavesIn(payload) > 0 ? marked(payload, 'plain', text) : payload;
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

function payloadsIn(body: string): Payload[] {
  const parsed = bodySchema.safeParse(parse(body));
  if (!parsed.success) {
    const [problem] = zodLines(parsed.error, bodySchema, 'body');
    throw badInput(`The body is not a list of payloads: ${problem}.`);
  }
  return parsed.data.payloads.map(({ metadata, data, ...rest }) => ({
    ...rest,
    metadata: mapValues(metadata, (text) => Buffer.from(text, 'base64')),
    data: Buffer.from(data, 'base64'),
  }));
}

const messageOf = ({ metadata, data, ...rest }: Payload) => ({
  ...rest,
  metadata: mapValues(metadata ?? {}, base64),
  data: base64(data ?? new Uint8Array()),
});

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

const mapValues = <From, To>(of: Record<string, From>, map: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(of).map(([key, value]) => [key, map(value)]));

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw badInput('The body is not JSON.'); // the parser would quote it
  }
}
