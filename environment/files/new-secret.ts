import { randomBytes } from 'node:crypto';
import { Secret } from '../../contracts/core/secret';
import { partsOf, type SecretFormat } from '../../contracts/core/secret-format';

/** A random secret of that form. */
export function newSecret(format: SecretFormat): Secret {
  const { encoding, bytes } = partsOf(format);
  return new Secret(randomBytes(bytes).toString(encoding));
}
