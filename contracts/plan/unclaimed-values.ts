import type { Secret } from '../core/secret';
import type { SeedInput } from './seed-input';
import type { SeedTarget, UnclaimedValue } from './seed-target';

/** The values given in env files that no target takes, and why. */
export function unclaimedValues(input: SeedInput, targets: readonly SeedTarget[]): UnclaimedValue[] {
  const shared = keysBelow(targets, '/shared/');
  const unclaimed = idle(input, input.values, shared, '/shared');
  for (const [service, values] of input.serviceValues) {
    const folder = `/services/${service}`;
    unclaimed.push(...idle(input, values, keysBelow(targets, `${folder}/`), folder));
  }
  return unclaimed;
}

function idle(
  { registry }: SeedInput,
  values: ReadonlyMap<string, Secret>,
  claimed: ReadonlySet<string>,
  folder: string,
): UnclaimedValue[] {
  return [...values]
    .filter(([key, value]) => !value.isBlank && !claimed.has(key))
    .map(([key]) => {
      if (registry.bootstrapOnly.has(key)) return { folder, key, reason: 'bootstrap_only: never seeded' };
      if (registry.identityDefaults.has(key)) {
        return { folder, key, reason: 'identity_defaults: each service has its own' };
      }
      return { folder, key, reason: 'no contract and no registry names it' };
    });
}

function keysBelow(targets: readonly SeedTarget[], prefix: string): Set<string> {
  return new Set(targets.filter(({ folder }) => folder.startsWith(prefix)).map(({ key }) => key));
}
