import type { Secret } from '../../contracts/core/secret';
import { partsOf, type SecretFormat } from '../../contracts/core/secret-format';
import { loginSecret } from './ready';
import type { Stack } from './stack';

/** What is expected of a key in place of a generated one, and whether this is one. */
function formOf(format: SecretFormat, value: string): { words: string; fits: boolean } {
  const { encoding, bytes } = partsOf(format);
  if (encoding === 'hex')
    return {
      words: `${bytes * 2} hexadecimal digits`,
      fits: /^[0-9a-f]*$/i.test(value) && value.length === bytes * 2,
    };
  const isBase64 = /^[\w+/-]+={0,2}$/.test(value) && Buffer.from(value, 'base64').length >= bytes;
  return { words: `${bytes} bytes or more in base64`, fits: isBase64 };
}

/**
 * Why a value that was given in place of a generated secret cannot be kept, without the value; undefined where it can.
 * A password with which we log in may have any form; a key has the form that its reader needs.
 */
export function givenKeyProblem(stack: Stack, name: string, given: Secret): string | undefined {
  const value = given.reveal();
  if (/[\r\n\0]/.test(value)) return 'holds a line break or NUL: use a value on one line';
  if (value.trim() !== value) return 'begins or ends with a blank: remove it, or quote the value without it';
  const isPassword = Object.values(stack.services).some((service) => loginSecret(service) === name);
  const origin = stack.secrets[name]?.origin;
  if (isPassword || origin?.kind !== 'generated') return undefined;
  const { words, fits } = formOf(origin.format, value);
  const { encoding, bytes } = partsOf(origin.format);
  return fits
    ? undefined
    : `is not ${words}: leave it unset, or make one with openssl rand -${encoding} ${bytes}`;
}
