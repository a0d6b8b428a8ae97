import { createHash } from 'node:crypto';
import type { Secret } from '../core/secret';
import type { PlanRow } from './plan-row';
import type { SeedTarget } from './seed-target';
import { wantedValues } from './wanted-values';

/**
 * SHA-256 (hex) over a plan's rows in any order and the values that it would write. `digestOf` must be keyed, so that
 * the digest tells nothing about a value that can be guessed.
 */
export function planDigest(
  rows: readonly PlanRow[],
  targets: readonly SeedTarget[],
  digestOf: (value: Secret) => string,
): string {
  const valueOf = wantedValues(targets);
  const lines = rows.map((row) => {
    const { action, folder, key, version, owners, required, reason } = row;
    const value = valueOf(row);
    const digest = value === undefined ? null : digestOf(value);
    return JSON.stringify([
      action,
      folder,
      key,
      version ?? null,
      [...owners].sort(),
      required,
      reason ?? null,
      digest,
    ]);
  });
  return createHash('sha256').update(lines.sort().join('\n')).digest('hex');
}
