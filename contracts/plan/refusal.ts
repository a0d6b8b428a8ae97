import type { Secret } from '../core/secret';
import { biting, bites } from '../key-names';

/** One value as JSON in UTF-8. Four of them fit the server's 1 MiB request body, and writes are batched at this size. */
const MAX_VALUE_BYTES = 256 * 1024;

/** Servers of 2024 answer longer keys in an address with "route not found". */
const MAX_KEY_LENGTH = 100;

/** What an environment says of values that are not written. */
interface Refused {
  /** Keys that are written although they tell programs what to do. */
  allowKeys?: readonly string[] | undefined;
  /** Whether a value that holds a reference is written. */
  refuseReferences?: boolean;
}

/**
 * Why `value` is not written under `key`: the server would not hold it exactly as given, or the environment does not want
 * it. Undefined where it is written. Never quotes the value.
 */
export function refusal(
  key: string,
  value: Secret,
  { allowKeys = [], refuseReferences = false }: Refused = {},
): string | undefined {
  if (bites(key) && !allowKeys.includes(key)) return biting(key);
  if (refuseReferences && holdsReference(value)) return 'the value holds a reference (${…})';
  return refusedKey(key) ?? refusedValue(value.reveal());
}

/** Whether Infisical's own clients put something else in place of a part of the value: `${KEY}`, `${env.folder.KEY}`. */
export const holdsReference = (value: Secret): boolean => referredKeys(value).length > 0;

/** The keys, without environment and folder, that a value refers to. */
export const referredKeys = (value: Secret): string[] =>
  [...value.reveal().matchAll(/\$\{([a-zA-Z0-9-_.]+)\}/g)].map(([, name = '']) => name.split('.').at(-1)!);

function refusedKey(key: string): string | undefined {
  if (key === '') return 'the key is empty';
  if (key.length > MAX_KEY_LENGTH) return `the key is longer than ${MAX_KEY_LENGTH} characters`;
  if (!/^[A-Za-z0-9_.-]+$/.test(key))
    return 'the key holds other characters than letters, digits, "_", "-" and "."';
  // Clients take these for steps in a path.
  return /^\.+$/.test(key) ? 'the key consists of dots' : undefined;
}

function refusedValue(value: string): string | undefined {
  if (value.includes('\0')) return 'the value holds a NUL character';
  if (Buffer.from(value).toString() !== value) return 'the value is not valid Unicode';
  const size = Buffer.byteLength(JSON.stringify(value));
  if (size > MAX_VALUE_BYTES) {
    return `the value is ${size} bytes as JSON, the limit is ${MAX_VALUE_BYTES} (256 KiB)`;
  }
  return asStored(value) === value ? undefined : 'the server removes white space at the ends of a value';
}

/** What the server makes of a value on every write. */
function asStored(value: string): string {
  return value.at(-1) === '\n' ? `${value.trim()}\n` : value.trim();
}
