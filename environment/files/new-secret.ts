import { randomBytes } from 'node:crypto';
import { Secret } from '../../contracts/core/secret';
import type { SecretFormat } from '../../contracts/core/secret-format';

/** A random secret of that form. */
export function newSecret(format: SecretFormat): Secret {
  switch (format) {
    case 'hex-16':
      return new Secret(randomBytes(16).toString('hex'));
    case 'hex-32':
      return new Secret(randomBytes(32).toString('hex'));
    case 'base64-32':
      return new Secret(randomBytes(32).toString('base64'));
  }
}
