const SECRET = /pass|pw|secret|token|key|auth|credential|salt|private|dsn|uri|url/i;

/**
 * The values that their names call secret, as an env file or `environment` holds them. One that stands under another
 * name too, as a user that is called like the product, is a word of messages and not hidden.
 */
export function secretValues(variables: Iterable<readonly [string, string]>): string[] {
  const all = [...variables];
  const open = new Set(all.flatMap(([name, value]) => (SECRET.test(name) ? [] : [value])));
  return all.flatMap(([name, value]) => (SECRET.test(name) && !open.has(value) ? [value] : []));
}
