import { createHmac } from 'node:crypto';
import type { Secret } from '../core/secret';
import { ObservedIndex, Places, type ObservedSecret } from './places';
import { byPlace, type PlanAction, type PlanRow } from './plan-row';
import type { SeedTarget } from './seed-targets';

/** One write that a plan asks for; both route generations need to know whether the key is there already. */
export interface SecretWrite {
  action: 'CREATE' | 'UPDATE';
  folder: string;
  key: string;
  value: Secret;
}

/** What is left of a plan: writes (`done` counts those that are there already), or that the server changed since. */
export type RemainingWrites =
  | { kind: 'writes'; writes: SecretWrite[]; done: number }
  | { kind: 'stale'; rows: PlanRow[] };

/** The wanted values by place: what the rows of a plan, which hold none, stand for. */
export function wantedValues(targets: readonly SeedTarget[]): Places<Secret> {
  const values = new Places<Secret>();
  for (const { folder, key, value } of targets) if (value !== undefined) values.set(folder, key, value);
  return values;
}

/** Rows that say something about the server which must still be so. */
const DEPENDS: readonly PlanAction[] = ['CREATE', 'UPDATE', 'UNCHANGED', 'KEPT'];

/**
 * Holds a plan against the server as it is now. A CREATE must still be absent, an UPDATE must still have its version,
 * unless they hold the wanted value already (an earlier attempt wrote it); what the plan leaves alone must be as it was.
 * `targets` are those that the plan was built from.
 */
export function remainingWrites(
  rows: readonly PlanRow[],
  targets: readonly SeedTarget[],
  observedNow: readonly ObservedSecret[],
): RemainingWrites {
  const server = new ObservedIndex(observedNow);
  const wanted = wantedValues(targets);
  const writes: SecretWrite[] = [];
  const stale: PlanRow[] = [];
  let done = 0;
  for (const row of rows) {
    const { action, folder, key } = row;
    if (!DEPENDS.includes(action)) continue;
    const held = server.at(folder, key);
    const asPlanned = held[0]?.version === row.version;
    if (action !== 'CREATE' && action !== 'UPDATE') {
      if (!asPlanned) stale.push(row);
      continue;
    }
    const value = wanted.get(folder, key);
    if (value === undefined) stale.push(row);
    else if (held.length > 0 && held.every((secret) => secret.value.equals(value))) done += 1;
    else if (asPlanned) writes.push({ action, folder, key, value });
    else stale.push(row);
  }
  return stale.length > 0 ? { kind: 'stale', rows: stale } : { kind: 'writes', writes, done };
}

/**
 * HMAC-SHA256 (hex) of what a plan does, whatever the order of its rows: action, place, version and reason of each, and
 * the values of `targets`, which it was built from. Keyed, so that it tells nothing about a value that can be guessed.
 */
export function planDigest(rows: readonly PlanRow[], targets: readonly SeedTarget[], key: Secret): string {
  const wanted = wantedValues(targets);
  const digest = createHmac('sha256', key.reveal());
  for (const { action, folder, key: name, version, required, reason } of [...rows].sort(byPlace)) {
    const value = wanted.get(folder, name)?.reveal();
    digest.update(`${JSON.stringify([action, folder, name, version, required, reason, value])}\n`);
  }
  return digest.digest('hex');
}
