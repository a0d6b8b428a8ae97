import type { ObservedSecret } from './observed-secret';
import type { PlanRow } from './plan-row';
import type { SeedTarget } from './seed-target';

/** Secrets in the folders of `targets` that none of them stands for, each place once: retired keys, or those of others. */
export function unmanagedRows(
  targets: readonly SeedTarget[],
  observed: readonly ObservedSecret[],
): PlanRow[] {
  const folders = new Set(targets.map(({ folder }) => folder));
  const places = new Set(targets.map(({ folder, key }) => `${folder}/${key}`));
  return observed.flatMap(({ folder, key, version }): PlanRow[] => {
    const place = `${folder}/${key}`;
    if (!folders.has(folder) || places.has(place)) return [];
    places.add(place);
    return [{ action: 'UNMANAGED', folder, key, version, owners: [], required: false }];
  });
}
