import { createHmac } from 'node:crypto';
import type { Secret } from '../core/secret';
import { byPlace, type PlanRow } from './plan-row';
import type { SeedTarget } from './seed-targets';
import { wantedValues } from './writes';

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
