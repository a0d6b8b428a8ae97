import {
  BinaryPayloadConverter,
  CompositePayloadConverter,
  JsonPayloadConverter,
  UndefinedPayloadConverter,
  ValueError,
  type Payload,
} from '@temporalio/common';
import { decode, encode } from '@temporalio/common/lib/encoding';
import { Secret, isSecret } from '../../contracts/core/secret';

/** Key of the payload metadata that says how the Secrets in it are written. A bundle that seals holds this text. */
export const SECRET_MARK = 'onex-secret';

/** `plain` between converter and codec, `sealed` on the wire. */
type SecretMark = 'plain' | 'sealed';

const LEAF = '$secret';
// A user's own key that looks like ours travels with one `$` more, in texts that hold Secrets.
const ALIKE = /^\$+secret$/;
const ALIKE_AWAY = /^\$\$+secret$/;

/** How the Secrets in `payload` are written; undefined for one without Secrets. */
export function markOf({ metadata }: Payload): SecretMark | undefined {
  const mark = metadata?.[SECRET_MARK];
  if (mark === undefined || mark === null) return undefined;
  return decode(mark) === 'plain' ? 'plain' : 'sealed'; // what is unknown is not opened
}

/** The same payload with other data, marked; without the mark where `mark` is undefined. */
export function marked(payload: Payload, mark: SecretMark | undefined, text: string): Payload {
  const { [SECRET_MARK]: _, ...metadata } = payload.metadata ?? {};
  const added = mark === undefined ? {} : { [SECRET_MARK]: encode(mark) };
  return { ...payload, metadata: { ...metadata, ...added }, data: encode(text) };
}

/** A payload's data as text. */
export const textOf = ({ data }: Payload): string => decode(data ?? new Uint8Array());

/** The JSON text of a marked payload as a value, with a Secret for each `{"$secret": "<plain>"}`. */
export function parseSecrets(text: string): unknown {
  return parse(text, (_key, value) => {
    const content = contentOf(value);
    return typeof content === 'string'
      ? new Secret(content)
      : renamed(value, ALIKE_AWAY, (name) => name.slice(1));
  });
}

/** The same JSON text with other content in each `{"$secret": content}`. */
export function mapLeaves(text: string, map: (content: unknown) => unknown): string {
  const value = parse(text, (_key, part) => {
    const content = contentOf(part);
    return content === undefined ? part : { [LEAF]: map(content) };
  });
  return JSON.stringify(value);
}

/** JSON that carries Secrets: it marks the payloads that hold any, for the codec, and leaves all others as they are. */
class SecretJsonConverter extends JsonPayloadConverter {
  override toPayload(value: unknown): Payload | undefined {
    const text = stringifySecrets(value);
    const payload = super.toPayload(text === undefined ? value : null);
    return text === undefined || payload === undefined ? payload : marked(payload, 'plain', text);
  }

  override fromPayload<T>(payload: Payload): T {
    const mark = markOf(payload);
    if (mark === undefined) return super.fromPayload(payload);
    if (mark === 'sealed')
      throw new ValueError(
        'This payload holds sealed Secrets and no codec has opened it: use secretsPlugin.',
      );
    return parseSecrets(textOf(payload)) as T;
  }
}

/** For `payloadConverterPath`; secretsPlugin sets it. Loads in the workflow sandbox. */
export const payloadConverter = new CompositePayloadConverter(
  new UndefinedPayloadConverter(),
  new BinaryPayloadConverter(),
  new SecretJsonConverter(),
);

/** Undefined where `value` holds no Secret, or is not for JSON: then it is another converter's. */
function stringifySecrets(value: unknown): string | undefined {
  let found = false;
  try {
    const text = JSON.stringify(value, function (this: Record<string, unknown>, key: string, given: unknown) {
      const secret = [this[key], given].find(isSecret); // `given` is what toJSON has made of it
      if (secret === undefined) return renamed(given, ALIKE, (name) => `$${name}`);
      found = true;
      return { [LEAF]: secret.reveal() };
    });
    return found ? text : undefined;
  } catch {
    return undefined;
  }
}

function parse(text: string, revive: (key: string, value: unknown) => unknown): unknown {
  try {
    return JSON.parse(text, revive);
  } catch (error) {
    // its message quotes the text
    if ((error as Error).name === 'SyntaxError') throw new ValueError('A payload with Secrets is no JSON.');
    throw error;
  }
}

function contentOf(value: unknown): unknown {
  if (!isRecord(value)) return undefined;
  const [[key, content] = [], ...others] = Object.entries(value);
  return key === LEAF && others.length === 0 ? content : undefined;
}

function renamed(value: unknown, which: RegExp, rename: (name: string) => string): unknown {
  if (!isRecord(value) || !Object.keys(value).some((name) => which.test(name))) return value;
  const entries = Object.entries(value);
  return Object.fromEntries(entries.map(([name, part]) => [which.test(name) ? rename(name) : name, part]));
}

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
