import type { Payload } from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding';

/** Key of the payload metadata that says how the Secrets in it are written. A bundle that seals holds this text. */
export const SECRET_MARK = 'onex-secret';

/** `plain` between converter and codec, `sealed` on the wire; undefined for a payload without Secrets. */
export type SecretMark = 'plain' | 'sealed';

/** How the Secrets in `payload` are written. */
export function markOf({ metadata }: Payload): SecretMark | undefined {
  const mark = metadata?.[SECRET_MARK];
  if (mark === undefined || mark === null) return undefined;
  return decode(mark) === 'plain' ? 'plain' : 'sealed'; // what is unknown is not opened
}

/** The same payload with other data, marked. */
export function marked(payload: Payload, mark: SecretMark, text: string): Payload {
  return withText({ ...payload, metadata: { ...payload.metadata, [SECRET_MARK]: encode(mark) } }, text);
}

/** The same payload without the mark. */
export function unmarked(payload: Payload): Payload {
  const metadata = { ...payload.metadata };
  delete metadata[SECRET_MARK];
  return { ...payload, metadata };
}

/** A payload's data as text. */
export function textOf({ data }: Payload): string {
  return decode(data ?? new Uint8Array());
}

/** The same payload with other data. */
export const withText = (payload: Payload, text: string): Payload => ({ ...payload, data: encode(text) });
