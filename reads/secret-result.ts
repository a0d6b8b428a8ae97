import type { GetSecretResult, ReadSource } from '../contracts/reads/read-result';
import type { HeldSecret } from './secret-reads';

/** Where values come from that no cache and no copy holds. */
export type FetchedFrom = 'infisical' | 'environment';

/** The result of `get_secret`. */
export function secretResult(name: string, held: HeldSecret, from: FetchedFrom): GetSecretResult {
  const result = { secret_name: name, value: held.value, source: secretSource(held, from) };
  switch (held.from) {
    case 'cache':
      return result;
    case 'fetch':
      return from === 'environment' ? result : { ...result, version: held.version };
    case 'copy':
      return {
        ...result,
        version: held.version,
        stale: true,
        read_at: held.readAt.toISOString(),
        age_seconds: held.ageSeconds,
      };
    default:
      return held satisfies never;
  }
}

/** Where a value comes from, in the words of results and audit. */
export function secretSource(held: HeldSecret, from: FetchedFrom): ReadSource {
  if (held.from === 'fetch') return from;
  return held.from === 'copy' ? 'last-known-good' : 'cache';
}
