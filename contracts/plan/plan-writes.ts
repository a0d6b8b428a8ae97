import type { PlanRow } from './plan-row';
import type { SecretWrite } from './secret-write';
import type { SeedTarget } from './seed-target';
import { wantedValues } from './wanted-values';

/** The writes of a plan: its CREATE and UPDATE rows with the values of `targets`, which the plan was built from. */
export function planWrites(rows: readonly PlanRow[], targets: readonly SeedTarget[]): SecretWrite[] {
  const valueOf = wantedValues(targets);
  return rows.flatMap((row): SecretWrite[] => {
    const { action, folder, key } = row;
    const value = valueOf(row);
    if ((action !== 'CREATE' && action !== 'UPDATE') || value === undefined) return [];
    return [{ action, folder, key, value }];
  });
}
