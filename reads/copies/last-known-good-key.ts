import { badInput } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { deriveKey } from './derive-key';

const SHORTEST = 16;

/**
 * The key of the copies: derived from the operator's text of at least 16 characters (random, not a password: HKDF is
 * quick to try), or else from the client secret. Then a rotation of the client secret makes older copies useless.
 */
export function lastKnownGoodKey(given: Secret | undefined, clientSecret: Secret): Secret {
  const text = given?.reveal().trim() ?? ''; // as a file ends with a line break
  if (text === '') return derived(clientSecret, 'from client secret');
  if (text.length < SHORTEST)
    throw badInput(
      `The key for last known good values has ${text.length} characters, at least ${SHORTEST} are needed. Make one with: openssl rand -base64 32`,
    );
  return derived(new Secret(text), 'from operator');
}

const derived = (secret: Secret, purpose: string) => new Secret(deriveKey(secret, purpose).toString('hex'));
