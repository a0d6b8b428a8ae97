import type { FolderNames } from '../folders';
import { ObservedIndex, type ObservedSecret } from './places';
import type { SeedTarget } from './seed-targets';

/** Where values come from, and which of them are wanted. */
export interface PromotionSource {
  /** What the other environment holds. */
  observed: readonly ObservedSecret[];
  folders: FolderNames;
  /** Only these keys. */
  keys?: readonly string[] | undefined;
  /** Only what is in this folder of a layer, by the name that it has in the environment that receives. */
  folder?: string | undefined;
}

/** What is copied; and named keys that cannot be, with the reason. */
export interface Promoted {
  targets: SeedTarget[];
  problems: string[];
}

/**
 * The targets of an environment that another one has a value for. What its own stack made is never replaced by another
 * stack's: a password opens one database.
 */
export function promoted(
  targets: readonly SeedTarget[],
  folders: FolderNames,
  { observed, folders: theirs, keys, folder }: PromotionSource,
): Promoted {
  const source = new ObservedIndex(observed);
  const names = new Map(Object.entries(folders).map(([transport, name]) => [name, transport]));
  const there = (path: string) => {
    const at = path.lastIndexOf('/') + 1;
    const transport = names.get(path.slice(at)) as keyof FolderNames | undefined;
    return transport === undefined ? path : path.slice(0, at) + theirs[transport];
  };
  const inScope = targets.filter(
    ({ key, folder: path }) =>
      (keys === undefined || keys.includes(key)) && (folder === undefined || path.endsWith(`/${folder}`)),
  );
  const copied = inScope.flatMap((target) => {
    const value = source.found(there(target.folder), target.key)?.value;
    return value === undefined || target.sources.includes('stack') ? [] : [{ ...target, value }];
  });
  const problems = (keys ?? []).flatMap((key) => {
    if (copied.some((target) => target.key === key)) return [];
    const asked = inScope.filter((target) => target.key === key);
    if (asked.length === 0) return [`${key}: nothing asks for it there`];
    if (asked.some(({ sources }) => sources.includes('stack'))) return [`${key}: its own stack made it`];
    return [`${key}: it has no value`];
  });
  return { targets: copied, problems };
}
