import type { ObservedIndex } from './observed-index';
import type { PlanRow } from './plan-row';
import { refusal } from './refusal';
import type { SeedTarget } from './seed-target';

/** The row of a target that has a value or is on the server; undefined for one that is neither given nor there. */
export function planValue(
  target: SeedTarget,
  server: ObservedIndex,
  overwrite: boolean,
): PlanRow | undefined {
  const { folder, key, owners, required, value, readers } = target;
  const held = server.at(folder, key);
  const [newest] = held;
  const row = (action: PlanRow['action'], reason?: string): PlanRow => ({
    action,
    folder,
    key,
    ...(newest === undefined ? {} : { version: newest.version }),
    owners,
    required,
    ...(reason === undefined ? {} : { reason }),
  });

  if (value === undefined) {
    const needed = readers.length > 0 || owners.some((owner) => owner !== 'registry');
    return needed && server.hasValue(folder, key) ? row('UNCHANGED', 'no value given') : undefined;
  }
  if (held.length > 0 && held.every((secret) => secret.value.equals(value))) return row('UNCHANGED');
  const reason = refusal(key, value);
  if (reason !== undefined) return row('REFUSED', reason);
  if (newest === undefined) return row('CREATE');
  if (server.hasValue(folder, key) && !overwrite) return row('KEPT', 'differs; --overwrite replaces it');
  // A write would change one of them and leave the others to be read.
  if (held.length > 1) return row('REFUSED', `it is ${held.length} times on the server: delete all but one`);
  return row('UPDATE', newest.value.isBlank ? 'blank on the server' : undefined);
}
