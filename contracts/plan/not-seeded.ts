import type { Secret } from '../core/secret';
import type { KeyRegistry } from '../registry';
import type { NodeRequirements } from '../requirements';
import type { MachineClassOverlay } from '../overlay';
import type { PlanWarning } from './plan-row';

/** A value that was given and is not wanted anywhere. */
export interface UnclaimedValue {
  /** The layer that it was given for. */
  folder: string;
  key: string;
  reason: string;
}

/** What was given, by whom; a seed's input has all of it. */
interface Given {
  nodes: readonly NodeRequirements[];
  registry: KeyRegistry;
  overlay?: MachineClassOverlay | undefined;
  values: ReadonlyMap<string, Secret>;
  serviceValues: ReadonlyMap<string, ReadonlyMap<string, Secret>>;
  stackValues: readonly { key: string; value: Secret }[];
}

/** The values given in env files that no target takes, and why. `claimed`: the targets' folders and their keys. */
export function unclaimedValues(
  { registry, values, serviceValues }: Given,
  claimed: readonly [folder: string, keys: Iterable<string>][],
): UnclaimedValue[] {
  const layers = new Map<string, Set<string>>();
  for (const [folder, keys] of claimed) {
    const layer = folder.slice(0, folder.lastIndexOf('/'));
    const known = layers.get(layer) ?? new Set();
    for (const key of keys) known.add(key);
    layers.set(layer, known);
  }
  const given = [
    ['/shared', values] as const,
    ...[...serviceValues].map(([service, own]) => [`/services/${service}`, own] as const),
  ];
  return given.flatMap(([folder, own]) => {
    const wanted = layers.get(folder);
    return [...own]
      .filter(([key, value]) => !value.isBlank && wanted?.has(key) !== true)
      .map(([key]) => ({ folder, key, reason: whyUnclaimed(key, registry) }));
  });
}

function whyUnclaimed(key: string, { bootstrapOnly, identityDefaults }: KeyRegistry): string {
  if (bootstrapOnly.has(key)) return 'bootstrap_only: never seeded';
  if (identityDefaults.has(key)) return 'identity_defaults: each service has its own';
  return 'no contract and no registry names it';
}

/** What stands in the sources and is not seeded. In order of kind and key. */
export function seedWarnings(input: Given): PlanWarning[] {
  return [...bootstrapOnly(input), ...identityDefaults(input), ...stackValues(input)].sort((a, b) =>
    a.kind === b.kind ? compare(a.key, b.key) : compare(a.kind, b.kind),
  );
}

function bootstrapOnly({ nodes, registry, overlay }: Given): PlanWarning[] {
  const owners = new Map<string, Set<string>>();
  const note = (key: string, owner: string) => {
    if (!registry.bootstrapOnly.has(key)) return;
    const known = owners.get(key);
    if (known === undefined) owners.set(key, new Set([owner]));
    else known.add(owner);
  };
  for (const { node, requirements } of nodes) for (const { key } of requirements) note(key, node);
  for (const key of overlay?.overrides.keys() ?? []) note(key, 'the overlay');
  return [...owners].map(([key, names]) => ({
    kind: 'bootstrap-only',
    key,
    message: `${key} is bootstrap_only and never seeded (named by ${someOf(names)}): it comes from the environment`,
  }));
}

function identityDefaults({ registry, overlay }: Given): PlanWarning[] {
  return [...(overlay?.overrides.keys() ?? [])]
    .filter((key) => registry.identityDefaults.has(key))
    .map((key) => ({
      kind: 'identity-default',
      key,
      message: `${key} is an identity default of each service: the overlay's value is not seeded`,
    }));
}

function stackValues({ registry, stackValues: stack, values }: Given): PlanWarning[] {
  return stack.flatMap(({ key, value }): PlanWarning[] => {
    if (registry.bootstrapOnly.has(key)) return [];
    const other = values.get(key);
    if (other === undefined || other.isBlank || other.equals(value)) return [];
    const message = `${key} of the running stack differs from the env file's; the stack's is seeded`;
    return [{ kind: 'stack-value', key, message }];
  });
}

const SHOWN_NAMES = 5;

/** Names for a message: the first ones, and how many there are beside them. */
export function someOf(names: ReadonlySet<string>): string {
  const shown = [...names].slice(0, SHOWN_NAMES).join(', ');
  return names.size > SHOWN_NAMES ? `${shown} and ${names.size - SHOWN_NAMES} more` : shown;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
