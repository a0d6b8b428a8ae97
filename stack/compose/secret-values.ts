import { Secret, shownSecrets } from '../../contracts/core/secret';

const SECRET = /pass|pw|secret|token|(?<!val)key|auth|credential|salt|private|dsn|uri|url/i;

const isSecret = (name: string) => SECRET.test(name) && !/port$/i.test(name);

/**
 * The values that their names call secret, as an env file or `environment` holds them, and addresses with a password.
 * A word that stands under another name too, as a user that is called like the product, is one of messages and not
 * hidden; so is an address that holds nothing but itself.
 */
export function secretValues(variables: Iterable<readonly [string, string]>): string[] {
  const all = [...variables];
  const open = new Set(
    all.flatMap(([name, value]) => (isSecret(name) || !/^[a-z]+$/i.test(value) ? [] : [value])),
  );
  return all.flatMap(([name, value]) => {
    const address = URL.parse(value);
    if (address?.host) return address.password || (address.search && isSecret(name)) ? [value] : [];
    return isSecret(name) && !open.has(value) && !value.startsWith('/') ? [value] : [];
  });
}

/** Variables as Secrets; messages may show those that are none. */
export function heldVariables(variables: Iterable<readonly [string, string]>): Map<string, Secret> {
  const all = [...variables];
  const hidden = new Set(secretValues(all));
  return new Map(
    all.map(([name, value]) => {
      const held = () => new Secret(value);
      return [name, hidden.has(value) ? held() : shownSecrets(held)];
    }),
  );
}
