import { ObservedIndex } from './observed-index';
import type { ObservedSecret } from './observed-secret';
import type { PlanRow } from './plan-row';
import { planValue } from './plan-value';
import type { PlanWarning, SeedPlan } from './seed-plan';
import { serviceOverrideWarnings } from './service-override-warnings';
import type { SeedTarget } from './seed-target';
import type { SeedTargets } from './seed-targets';
import { unmanagedRows } from './unmanaged-rows';

interface PlanOptions {
  /** Whether a different value on the server is replaced (UPDATE) or left (KEPT). */
  overwrite: boolean;
}

/** Compares what should be with `observed`, a recursive listing of the whole environment. */
export function buildPlan(
  { targets, unclaimed, warnings, serviceOverrideRequired }: SeedTargets,
  observed: readonly ObservedSecret[],
  { overwrite }: PlanOptions,
): SeedPlan {
  const server = new ObservedIndex(observed);
  const rows = targets.flatMap((target) => planValue(target, server, overwrite) ?? []);
  const found = new Set(rows.filter(holdsValue).map(({ folder, key }) => `${folder}/${key}`));
  const readable = (folder: string, key: string) =>
    found.has(`${folder}/${key}`) || server.hasValue(folder, key);
  const planned = new Set(rows.map(({ folder, key }) => `${folder}/${key}`));
  for (const target of targets) {
    if (planned.has(`${target.folder}/${target.key}`)) continue;
    const row = missing(target, readable);
    if (row !== undefined) rows.push(row);
  }
  for (const { folder, key, reason } of unclaimed) {
    rows.push({ action: 'UNCLAIMED', folder, key, owners: [], required: false, reason });
  }
  rows.push(...unmanagedRows(targets, observed));
  const overrides = serviceOverrideWarnings(targets, serviceOverrideRequired, readable);
  return { rows: rows.sort(byPlace), warnings: [...warnings, ...overrides, ...duplicates(server)] };
}

const holdsValue = ({ action }: PlanRow) => action !== 'REFUSED';

/** A key is missed where its readers look last, by those that find it nowhere. */
function missing(
  { folder, key, readers }: SeedTarget,
  readable: (folder: string, key: string) => boolean,
): PlanRow | undefined {
  const lacking = readers.filter(
    ({ folders }) => folders.at(-1) === folder && !folders.some((place) => readable(place, key)),
  );
  // A service's own key that nobody must have is not missed.
  if (lacking.length === 0 || !folder.startsWith('/shared/')) return undefined;
  return {
    action: 'MISSING',
    folder,
    key,
    owners: [...new Set(lacking.map(({ node }) => node))],
    required: lacking.some(({ required }) => required),
  };
}

function duplicates(server: ObservedIndex): PlanWarning[] {
  return server.duplicates().flatMap(([first, ...others]): PlanWarning[] => {
    if (first === undefined) return [];
    const { folder, key } = first;
    const message = `${folder}/${key} is ${others.length + 1} times on the server: delete all but one`;
    return [{ kind: 'duplicate-on-server', key, message }];
  });
}

function byPlace(a: PlanRow, b: PlanRow): number {
  if (a.folder !== b.folder) return a.folder < b.folder ? -1 : 1;
  return a.key < b.key ? -1 : a.key > b.key ? 1 : 0;
}
