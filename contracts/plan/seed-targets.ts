import type { Secret } from '../core/secret';
import { readingFolders } from '../resolve/reading-folders';
import { requirementFolder } from '../transports/requirement-folder';
import { secretFolder } from '../transports/secret-folder';
import type { SeedInput } from './seed-input';
import type { PlanWarning } from './seed-plan';
import type { SeedTarget, UnclaimedValue } from './seed-target';
import { TargetMap } from './target-map';
import { unclaimedValues } from './unclaimed-values';
import { seedWarnings } from './seed-warnings';

/** What should be on the server, what was given in vain, and what the operator should know. */
export interface SeedTargets {
  targets: SeedTarget[];
  unclaimed: UnclaimedValue[];
  warnings: PlanWarning[];
  /** Keys that each service must have in its own folder. */
  serviceOverrideRequired: ReadonlySet<string>;
}

/** Claims of contracts, registry, overlay and stack, joined with the values given for them. */
export function seedTargets(input: SeedInput): SeedTargets {
  const targets = new TargetMap();
  claimForNodes(input, targets);
  claimForRegistry(input, targets);
  claimForOverlay(input, targets);
  for (const { folder, key, value } of input.stackValues) {
    if (input.registry.bootstrapOnly.has(key) || value.isBlank) continue;
    targets.claim(secretFolder.shared(folder), key, 'stack').value = value;
  }
  const all = targets.list();
  return {
    targets: all,
    unclaimed: unclaimedValues(input, all),
    warnings: seedWarnings(input),
    serviceOverrideRequired: input.registry.serviceOverrideRequired,
  };
}

function claimForNodes(input: SeedInput, targets: TargetMap): void {
  const { registry, folders } = input;
  const machineClass = input.overlay?.machineClass ?? input.machineClass;
  for (const { node, service, requirements } of input.nodes) {
    for (const { key, transport, required } of requirements) {
      if (transport === 'infisical' || registry.bootstrapOnly.has(key)) continue;
      const folder = requirementFolder(transport, folders);
      const own = registry.identityDefaults.has(key);
      const read = readingFolders({ folder, service, machineClass, identityDefault: own });
      const reader = { node, required: required && !own, folders: read };
      for (const place of read) {
        const target = targets.claim(place, key, node);
        target.readers.push(reader);
        target.required ||= reader.required;
        target.value ??= given(input, place, key, service);
      }
    }
  }
}

/** The value that was given for the layer of `place`. */
function given(
  input: SeedInput,
  place: string,
  key: string,
  service: string | undefined,
): Secret | undefined {
  if (place.startsWith('/services/')) return present(input.serviceValues.get(service ?? '')?.get(key));
  return place.startsWith('/shared/') ? present(input.values.get(key)) : undefined;
}

function claimForRegistry({ registry, values, serviceValues }: SeedInput, targets: TargetMap): void {
  for (const [folder, keys] of registry.shared) {
    for (const key of keys) {
      if (registry.bootstrapOnly.has(key) || registry.identityDefaults.has(key)) continue;
      targets.claim(secretFolder.shared(folder), key, 'registry').value ??= present(values.get(key));
    }
  }
  for (const [service, byFolder] of registry.services) {
    for (const [folder, keys] of byFolder) {
      for (const key of keys) {
        if (registry.bootstrapOnly.has(key)) continue;
        const value = present(serviceValues.get(service)?.get(key));
        targets.claim(secretFolder.service(service, folder), key, 'registry').value ??= value;
      }
    }
  }
}

function claimForOverlay({ overlay, registry }: SeedInput, targets: TargetMap): void {
  if (overlay === undefined) return;
  for (const [key, value] of overlay.overrides) {
    if (registry.bootstrapOnly.has(key) || registry.identityDefaults.has(key)) continue;
    targets.claim(secretFolder.machineClass(overlay.machineClass), key, 'overlay').value = present(value);
  }
}

const present = (value: Secret | undefined) => (value === undefined || value.isBlank ? undefined : value);
