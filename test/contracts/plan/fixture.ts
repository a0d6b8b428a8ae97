import { Secret } from '../../../contracts/core/secret';
import { parseOverlay } from '../../../contracts/overlay';
import type { ObservedSecret } from '../../../contracts/plan/places';
import type { SeedInput } from '../../../contracts/plan/seed-input';
import { defaultRegistry, parseRegistry } from '../../../contracts/registry';
import type { NodeRequirements } from '../../../contracts/requirements';
import { folderNames } from '../../../contracts/folders';
import type { TransportName } from '../../../contracts/transports';

type Keys = Partial<Record<TransportName, string[]>>;

/** A node and its keys by transport; a key ending in "?" is optional. `runtime` holds environment dependencies. */
export function node(name: string, keys: Keys, service?: string): NodeRequirements {
  const requirements = Object.entries(keys).flatMap(([transport, names]) =>
    names.map((key) => ({
      key: key.replace('?', ''),
      transport: transport as TransportName,
      required: !key.endsWith('?'),
    })),
  );
  return { node: name, ...(service === undefined ? {} : { service }), paths: [`${name}.yaml`], requirements };
}

export const secrets = (values: Record<string, string>) =>
  new Map(Object.entries(values).map(([key, value]) => [key, new Secret(value)]));

export const registryOf = (text: string) => parseRegistry('registry.yaml', text).registry ?? defaultRegistry;

export const overlayOf = (machineClass: string, overrides: Record<string, string>) =>
  parseOverlay('overlay.yaml', JSON.stringify({ overrides }), machineClass).overlay!;

/** "/shared/kafka/KEY" → value, or [value, version]. */
export const server = (held: Record<string, string | [string, number]>): ObservedSecret[] =>
  Object.entries(held).map(([place, stated]) => {
    const [value, version] = typeof stated === 'string' ? [stated, 1] : stated;
    const at = place.lastIndexOf('/');
    return { folder: place.slice(0, at), key: place.slice(at + 1), version, value: new Secret(value) };
  });

export const seedInput = (input: Partial<SeedInput>): SeedInput => ({
  nodes: [],
  registry: defaultRegistry,
  folders: folderNames(),
  values: new Map(),
  serviceValues: new Map(),
  stackValues: [],
  ...input,
});
