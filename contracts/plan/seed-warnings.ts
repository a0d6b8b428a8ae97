import type { SeedInput } from './seed-input';
import type { PlanWarning } from './seed-plan';

/** What stands in the sources and is not seeded. In order of kind and key. */
export function seedWarnings(input: SeedInput): PlanWarning[] {
  return [...bootstrapOnly(input), ...identityDefaults(input), ...stackValues(input)].sort((a, b) =>
    a.kind === b.kind ? compare(a.key, b.key) : compare(a.kind, b.kind),
  );
}

function bootstrapOnly(input: SeedInput): PlanWarning[] {
  const { registry, overlay } = input;
  const owners = ownersOf(input, (key) => registry.bootstrapOnly.has(key));
  for (const key of overlay?.overrides.keys() ?? []) {
    if (registry.bootstrapOnly.has(key)) owners.set(key, [...(owners.get(key) ?? []), 'the overlay']);
  }
  return [...owners].map(([key, names]) => ({
    kind: 'bootstrap-only',
    key,
    message: `${key} is bootstrap_only and never seeded (named by ${names.join(', ')}): it comes from the environment`,
  }));
}

function identityDefaults({ registry, overlay }: SeedInput): PlanWarning[] {
  return [...(overlay?.overrides.keys() ?? [])]
    .filter((key) => registry.identityDefaults.has(key))
    .map((key) => ({
      kind: 'identity-default',
      key,
      message: `${key} is an identity default of each service: the overlay's value is not seeded`,
    }));
}

function stackValues({ registry, stackValues: stack, values }: SeedInput): PlanWarning[] {
  return stack.flatMap(({ key, value }): PlanWarning[] => {
    if (registry.bootstrapOnly.has(key)) return [];
    const other = values.get(key);
    if (other === undefined || other.isBlank || other.equals(value)) return [];
    const message = `${key} of the running stack differs from the env file's; the stack's is seeded`;
    return [{ kind: 'stack-value', key, message }];
  });
}

function ownersOf({ nodes }: SeedInput, wanted: (key: string) => boolean): Map<string, string[]> {
  const owners = new Map<string, string[]>();
  for (const { node, requirements } of nodes) {
    for (const { key } of requirements) {
      const names = owners.get(key) ?? [];
      if (wanted(key) && !names.includes(node)) owners.set(key, [...names, node]);
    }
  }
  return owners;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
