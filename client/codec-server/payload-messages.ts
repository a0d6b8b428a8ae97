import type { Payload } from '@temporalio/common';
import { z } from 'zod';
import { badInput } from '../../contracts/core/failures';

const messageSchema = z.looseObject({
  // the CLI leaves out what is empty: it begins with {}
  payloads: z
    .array(
      z.looseObject({
        metadata: z.record(z.string(), z.base64()).optional(),
        data: z.base64().optional(),
      }),
    )
    .default([]),
});

/** The payloads of a request to a codec server: `{payloads: [{metadata: {key: base64}, data: base64}]}`. */
export function readPayloads(body: string): Payload[] {
  const parsed = messageSchema.safeParse(parse(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw badInput(`The body is no list of payloads: ${issue?.path.join('.') || 'body'}: ${issue?.message}.`);
  }
  return parsed.data.payloads.map(({ metadata = {}, data = '', ...rest }) => ({
    ...rest,
    metadata: Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [key, Buffer.from(value, 'base64')]),
    ),
    data: Buffer.from(data, 'base64'),
  }));
}

/** The same for an answer. */
export function writePayloads(payloads: Payload[]): string {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const messages = payloads.map(({ metadata, data, ...rest }) => ({
    ...rest,
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([key, value]) => [key, base64(value)])),
    data: base64(data ?? new Uint8Array()),
  }));
  return JSON.stringify({ payloads: messages });
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw badInput('The body is no JSON.'); // the parser would quote it
  }
}
