import type { Secret } from '../core/secret';
import { readingFolders, secretFolder } from '../folders';
import { Places } from './places';
import type { PlanRow } from './plan-row';
import { seedWarnings, unclaimedRows, type SeedInput } from './seed-input';

/** One secret that there should be. */
export interface SeedTarget {
  folder: string;
  key: string;
  /** What else than a node asks for it. */
  sources: ('registry' | 'overlay' | 'stack')[];
  /** A node that reads it cannot start without it. */
  required: boolean;
  /** Undefined where nobody gave one. Never blank. */
  value: Secret | undefined;
  /** The nodes that read the key, here or in another layer. */
  readers: SeedReader[];
}

/** A node that reads a target's key, and the folders in which it looks, first to last. */
export interface SeedReader {
  node: string;
  required: boolean;
  folders: readonly string[];
}

/** What should be on the server, what was given in vain, and what the operator should know. */
export interface SeedTargets {
  targets: SeedTarget[];
  unclaimed: PlanRow[];
  warnings: string[];
  /** Keys that each service must have in its own folder. */
  serviceOverrideRequired: ReadonlySet<string>;
}

/** Claims of contracts, registry, overlay and stack, joined with the values given for them. */
export function seedTargets(input: SeedInput): SeedTargets {
  const targets = new Places<SeedTarget>();
  claimForNodes(input, targets);
  claimForRegistry(input, targets);
  claimForOverlays(input, targets);
  for (const { folder, key, value } of input.stackValues) {
    if (input.registry.bootstrapOnly.has(key) || value.isBlank) continue;
    claim(targets, secretFolder.shared(folder), key, 'stack').value = value;
  }
  const all = targets.values();
  return {
    targets: all,
    unclaimed: unclaimedRows(input, all),
    warnings: seedWarnings(input),
    serviceOverrideRequired: input.registry.serviceOverrideRequired,
  };
}

/** The target of a place; one that is claimed again keeps what it has. */
function claim(
  targets: Places<SeedTarget>,
  folder: string,
  key: string,
  by: SeedTarget['sources'][number] | SeedReader,
): SeedTarget {
  const found = targets.get(folder, key);
  const isReader = typeof by === 'object';
  if (found === undefined) {
    // one push to an empty list would make room for seventeen: most targets have one reader
    const target: SeedTarget = {
      folder,
      key,
      required: false,
      value: undefined,
      sources: isReader ? [] : [by],
      readers: isReader ? [by] : [],
    };
    targets.set(folder, key, target);
    return target;
  }
  if (isReader) found.readers.push(by);
  else if (!found.sources.includes(by)) found.sources.push(by);
  return found;
}

function claimForNodes(input: SeedInput, targets: Places<SeedTarget>): void {
  const { registry, folders, overlay } = input;
  const foldersOf = readingFolders({
    registry,
    folders,
    machineClass: overlay?.machineClass ?? input.machineClass,
  });
  for (const { node, service, requirements } of input.nodes) {
    for (const requirement of requirements) {
      const { key } = requirement;
      if (registry.bootstrapOnly.has(key)) continue;
      const required = requirement.required && !registry.identityDefaults.has(key);
      const reader = { node, required, folders: foldersOf(requirement, service) };
      for (const folder of reader.folders) {
        const target = claim(targets, folder, key, reader);
        target.required ||= required;
        target.value ??= given(input, folder, key, service);
      }
    }
  }
}

/** The value that was given for the layer of `folder`. */
function given(
  { values, serviceValues }: SeedInput,
  folder: string,
  key: string,
  service: string | undefined,
): Secret | undefined {
  if (folder.startsWith('/services/')) return present(serviceValues.get(service ?? '')?.get(key));
  return folder.startsWith('/shared/') ? present(values.get(key)) : undefined;
}

function claimForRegistry({ registry, values, serviceValues }: SeedInput, targets: Places<SeedTarget>): void {
  const { bootstrapOnly, identityDefaults } = registry;
  for (const [folder, keys] of registry.shared) {
    for (const key of keys) {
      if (bootstrapOnly.has(key) || identityDefaults.has(key)) continue;
      claim(targets, secretFolder.shared(folder), key, 'registry').value ??= present(values.get(key));
    }
  }
  for (const [service, byFolder] of registry.services) {
    for (const [folder, keys] of byFolder) {
      for (const key of keys) {
        if (bootstrapOnly.has(key)) continue;
        const value = present(serviceValues.get(service)?.get(key));
        claim(targets, secretFolder.service(service, folder), key, 'registry').value ??= value;
      }
    }
  }
}

function claimForOverlays(
  { overlay, otherOverlays = [], registry }: SeedInput,
  targets: Places<SeedTarget>,
): void {
  const all = [...(overlay === undefined ? [] : [overlay]), ...otherOverlays];
  for (const { machineClass, overrides } of all) {
    for (const [key, value] of overrides) {
      if (registry.bootstrapOnly.has(key) || registry.identityDefaults.has(key)) continue;
      claim(targets, secretFolder.machineClass(machineClass), key, 'overlay').value = present(value);
    }
  }
}

const present = (value: Secret | undefined) => (value === undefined || value.isBlank ? undefined : value);
