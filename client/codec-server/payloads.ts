import type { Payload } from '@temporalio/common';
import { z } from 'zod';
import { badInput, forbidden } from '../../contracts/core/failures';
import { mapValues } from '../../contracts/core/record';
import { zodLines } from '../../contracts/core/zod-problems';
import { bindingIn, noteOf } from '../../worker/sealing/binding';
import { mapLeaves, markOf, marked, parseSecrets, textOf } from '../../worker/sealing/payload-converter';
import { isSealedText } from '../../worker/sealing/sealed-text';
import type { SecretCodec } from '../../worker/sealing/secret-codec';
import { covers, type Scope } from './grants';

export type Route = 'encode' | 'decode';

const messageSchema = z.looseObject({
  metadata: z.record(z.string(), z.base64()).default({}),
  data: z.base64().default(''),
});
// the CLI leaves out what is empty: it begins with {}
const bodySchema = z.looseObject({ payloads: z.array(messageSchema).default([]) });

/** One request's body, the namespace that it is for, and what its sender may open. */
export interface CodecCall {
  body: string;
  namespace: string | undefined;
  scope: Scope;
}

/** What a request is about, for the audit. */
export interface Counts {
  payloads: number;
  leaves: number;
  places: string[];
}

const MOST_PLACES = 20;

/**
 * Runs the codec over the body of a request, `{payloads: [{metadata: {key: base64}, data: base64}]}`; returns the body
 * of the answer. `count` hears what there is in it before anything is opened. BadInput for another body; Forbidden where
 * a payload is of another place than the sender may open.
 *
 * A person writes and reads a Secret as `{"$secret": "text"}`: decoding leaves out our mark, since the CLI shows JSON
 * for payloads without one only, and encoding finds such leaves without it, so that what was decoded and is sent again
 * does not lose its seal.
 */
export async function runCodec(
  codec: SecretCodec,
  route: Route,
  { body, namespace, scope }: CodecCall,
  count: (counts: Counts) => void,
): Promise<string> {
  const given = payloadsIn(body);
  const known = route === 'encode' ? given.map(found) : given;
  const secret = known.filter((payload) => markOf(payload) !== undefined);
  const there = route === 'encode' ? [] : secret.map((payload) => bindingIn(noteOf(payload)));
  const places = there.map((place) => [place.namespace ?? '?', place.workflow ?? '?'].join(' '));
  count({
    payloads: known.length,
    leaves: secret.map(leavesIn).reduce((sum, leaves) => sum + leaves, 0),
    places: [...new Set(places)].slice(0, MOST_PLACES),
  });
  const beyond = there.findIndex((place) => !covers(scope, place));
  if (beyond !== -1)
    throw forbidden(
      `This grant does not cover ${places[beyond]}: it is for ${scope.workflow ?? 'every workflow'} in ${scope.namespace ?? 'every namespace'}.`,
    );
  const done =
    route === 'encode'
      ? await codec.seal(known, namespace === undefined ? {} : { namespace })
      : (await codec.decode(known)).map(readable);
  return JSON.stringify({ payloads: done.map(messageOf) });
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

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw badInput('The body is not JSON.'); // the parser would quote it
  }
}
