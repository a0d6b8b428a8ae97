import type { Secret } from '../core/secret';

/** Values of several files as one: a later file wins, but a blank value replaces none. */
export function mergeValues(files: readonly ReadonlyMap<string, Secret>[]): Map<string, Secret> {
  const merged = new Map<string, Secret>();
  for (const [key, value] of files.flatMap((file) => [...file])) {
    if (!merged.has(key) || !value.isBlank) merged.set(key, value);
  }
  return merged;
}
