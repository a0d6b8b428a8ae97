import type { IncomingMessage } from 'node:http';

/** Temporal's own messages end at 4 MiB; base64 makes a third more of them. */
export const MAX_BODY_BYTES = 8 * 1024 * 1024;

/** The body of a request; undefined where it is longer than `MAX_BODY_BYTES`. */
export async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}
