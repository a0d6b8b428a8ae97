import type { Secret } from '../core/secret';
import { someOf } from '../core/some-of';
import type { FolderNames } from '../folders';
import type { MachineClassOverlay } from '../overlay';
import type { KeyRegistry } from '../registry';
import type { NodeRequirements } from '../requirements';
import { Places } from './places';
import type { PlanRow } from './plan-row';

/** Everything that says which secrets there should be. */
export interface SeedInput {
  nodes: readonly NodeRequirements[];
  registry: KeyRegistry;
  folders: FolderNames;
  /** The class whose layer the nodes read; with an overlay it is the overlay's. */
  machineClass?: string | undefined;
  overlay?: MachineClassOverlay | undefined;
  /** Of the classes of hosts that joined: their values are seeded too. */
  otherOverlays?: readonly MachineClassOverlay[];
  /** From env files for all services. */
  values: ReadonlyMap<string, Secret>;
  /** From env files for one service: service → key → value. */
  serviceValues: ReadonlyMap<string, ReadonlyMap<string, Secret>>;
  /** What the stack itself generated; goes to /shared/<folder>/<key> and wins over an env file. */
  stackValues: readonly StackValue[];
}

/** `folder` is a folder name, e.g. `folders.database`. */
export interface StackValue {
  folder: string;
  key: string;
  value: Secret;
}

/** A row for each value of an env file that no target takes. */
export function unclaimedRows(
  { registry, values, serviceValues }: SeedInput,
  targets: readonly { folder: string; key: string }[],
): PlanRow[] {
  const taken = new Places<true>();
  for (const { folder, key } of targets) taken.set(folder.slice(0, folder.lastIndexOf('/')), key, true);
  const rows = (folder: string, given: ReadonlyMap<string, Secret>) =>
    [...given]
      .filter(([key, value]) => !value.isBlank && !taken.has(folder, key))
      .map(([key]): PlanRow => {
        const reason = whyUnclaimed(key, registry);
        return { action: 'UNCLAIMED', folder, key, owners: [], required: false, reason };
      });
  const ofServices = [...serviceValues].flatMap(([service, own]) => rows(`/services/${service}`, own));
  return [...rows('/shared', values), ...ofServices];
}

function whyUnclaimed(key: string, { bootstrapOnly, identityDefaults }: KeyRegistry): string {
  if (bootstrapOnly.has(key)) return 'bootstrap_only: never seeded';
  if (identityDefaults.has(key)) return 'identity_defaults: each service has its own';
  return 'no contract and no registry names it';
}

/** What the operator should know of what stands in the sources and is not seeded. */
export function seedWarnings(input: SeedInput): string[] {
  const { registry, overlay, values, stackValues } = input;
  const overridden = [...(overlay?.overrides.keys() ?? [])].sort();
  return [
    ...bootstrapOnlyOwners(input, overridden).map(
      ([key, owners]) =>
        `${key} is bootstrap_only and never seeded (named by ${someOf(owners)}): it comes from the environment`,
    ),
    ...overridden
      .filter((key) => registry.identityDefaults.has(key))
      .map((key) => `${key} is an identity default of each service: the overlay's value is not seeded`),
    ...stackValues
      .filter(({ key, value }) => !registry.bootstrapOnly.has(key) && differs(values.get(key), value))
      .map(({ key }) => `${key} of the running stack differs from the env file's; the stack's is seeded`),
  ];
}

const differs = (given: Secret | undefined, value: Secret) =>
  given !== undefined && !given.isBlank && !given.equals(value);

/** Who asks for keys that are never seeded, by key. */
function bootstrapOnlyOwners({ nodes, registry }: SeedInput, overridden: readonly string[]) {
  const owners = new Map([...registry.bootstrapOnly].sort().map((key) => [key, new Set<string>()]));
  for (const { node, requirements } of nodes) for (const { key } of requirements) owners.get(key)?.add(node);
  for (const key of overridden) owners.get(key)?.add('the overlay');
  return [...owners].filter(([, names]) => names.size > 0);
}
