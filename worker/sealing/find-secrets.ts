import { isSecret, type Secret } from '../../contracts/core/secret';

/** Every Secret in `value`, however deep in objects and arrays. */
export function findSecrets(value: unknown, seen = new Set<unknown>()): Secret[] {
  if (isSecret(value)) return [value];
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  return Object.values(value).flatMap((part) => findSecrets(part, seen));
}
