import type { Secret } from '../../contracts/core/secret';
import type { SecretFormat } from '../../contracts/core/secret-format';
import { loginSecret } from './ready';
import type { Stack } from './stack';

interface Form {
  words: string;
  fits: (value: string) => boolean;
  command: string;
}

const FORMS: Record<SecretFormat, Form> = {
  'hex-16': {
    words: '32 hexadecimal digits',
    fits: (value) => /^[0-9a-f]{32}$/i.test(value),
    command: 'openssl rand -hex 16',
  },
  'hex-32': {
    words: '64 hexadecimal digits',
    fits: (value) => /^[0-9a-f]{64}$/i.test(value),
    command: 'openssl rand -hex 32',
  },
  'base64-32': {
    words: '32 bytes or more in base64',
    fits: (value) => /^[\w+/-]+={0,2}$/.test(value) && Buffer.from(value, 'base64').length >= 32,
    command: 'openssl rand -base64 32',
  },
};

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
  const { words, fits, command } = FORMS[origin.format];
  return fits(value) ? undefined : `is not ${words}: leave it unset, or make one with ${command}`;
}
