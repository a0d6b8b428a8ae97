import { ObservedIndex } from './observed-index';
import type { ObservedSecret } from './observed-secret';
import type { PlanAction, PlanRow } from './plan-row';
import { planWrites } from './plan-writes';
import type { SecretWrite } from './secret-write';
import type { SeedTarget } from './seed-target';
import { wantedValues } from './wanted-values';

/** What is left of a plan: writes (`done` counts those that are there already), or that the server changed since. */
export type RemainingWrites =
  { kind: 'writes'; writes: SecretWrite[]; done: number } | { kind: 'stale'; rows: PlanRow[] };

/** Rows that say something about the server which must still be so. */
const DEPENDS: readonly PlanAction[] = ['CREATE', 'UPDATE', 'UNCHANGED', 'KEPT'];

/**
 * Holds a plan against the server as it is now. A CREATE must still be absent, an UPDATE must still have its version,
 * unless they hold the wanted value already (an earlier attempt wrote it); what the plan leaves alone must be as it was.
 */
export function remainingWrites(
  rows: readonly PlanRow[],
  targets: readonly SeedTarget[],
  observedNow: readonly ObservedSecret[],
): RemainingWrites {
  const server = new ObservedIndex(observedNow);
  const valueOf = wantedValues(targets);
  const open: PlanRow[] = [];
  const stale: PlanRow[] = [];
  let done = 0;
  for (const row of rows) {
    if (!DEPENDS.includes(row.action)) continue;
    const held = server.at(row.folder, row.key);
    const wanted = valueOf(row);
    const writes = row.action === 'CREATE' || row.action === 'UPDATE';
    const fulfilled =
      wanted !== undefined && held.length > 0 && held.every(({ value }) => value.equals(wanted));
    if (writes && fulfilled) done += 1;
    else if (held[0]?.version !== row.version || (writes && wanted === undefined)) stale.push(row);
    else if (writes) open.push(row);
  }
  return stale.length > 0
    ? { kind: 'stale', rows: stale }
    : { kind: 'writes', writes: planWrites(open, targets), done };
}
