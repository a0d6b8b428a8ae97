import type { Secret } from '../core/secret';
import { readingFolders, secretFolder, type Layers } from '../folders';
import { ObservedIndex, type ObservedSecret } from '../plan/places';
import type { KeyRegistry } from '../registry';
import type { NodeRequirement, NodeRequirements } from '../requirements';

/** Where a value came from. */
export type Provenance = { source: 'infisical'; folder: string } | { source: 'environment' };

/** What one node starts with. */
export interface NodeConfig {
  node: string;
  service?: string;
  values: ReadonlyMap<string, Secret>;
  /** For each key of `values`. */
  provenance: ReadonlyMap<string, Provenance>;
  /** In the order in which the contracts name them. */
  missingRequired: string[];
  missingOptional: string[];
}

/** What nodes are resolved from. */
export interface ResolveInput extends Layers {
  nodes: readonly NodeRequirements[];
  registry: KeyRegistry;
  /** What the listing roots hold; undefined where there is no Infisical: then the environment is all there is. */
  observed?: readonly ObservedSecret[] | undefined;
  environment: ReadonlyMap<string, Secret>;
  /** uncontrolled: the environment wins. controlled: Infisical wins and the environment fills the gaps. */
  lane: 'uncontrolled' | 'controlled';
}

interface Found {
  value: Secret;
  provenance: Provenance;
}

type Find = (
  key: string,
  requirements: readonly NodeRequirement[],
  service: string | undefined,
) => Found | undefined;

/** The configuration of every node, in the order given. A blank value is no value in either source. */
export function resolveNodes(input: ResolveInput): NodeConfig[] {
  const find = finder(input);
  return input.nodes.map((node) => resolveNode(node, find, input.registry));
}

function resolveNode(
  { node, service, requirements }: NodeRequirements,
  find: Find,
  registry: KeyRegistry,
): NodeConfig {
  const values = new Map<string, Secret>();
  const provenance = new Map<string, Provenance>();
  const missingRequired: string[] = [];
  const missingOptional: string[] = [];
  for (const [key, asked] of byKey(requirements)) {
    const found = find(key, asked, service);
    if (found !== undefined) {
      values.set(key, found.value);
      provenance.set(key, found.provenance);
    } else if (!registry.identityDefaults.has(key)) {
      (asked.some(({ required }) => required) ? missingRequired : missingOptional).push(key);
    }
  }
  return {
    node,
    ...(service === undefined ? {} : { service }),
    values,
    provenance,
    missingRequired,
    missingOptional,
  };
}

/** A key asked for by two transports is one variable of the node; an environment dependency is asked first. */
function byKey(requirements: readonly NodeRequirement[]): Map<string, NodeRequirement[]> {
  const keys = new Map<string, NodeRequirement[]>();
  for (const requirement of requirements) {
    const same = keys.get(requirement.key);
    if (same === undefined) keys.set(requirement.key, [requirement]);
    else if (requirement.transport === 'runtime') same.unshift(requirement);
    else same.push(requirement);
  }
  return keys;
}

function finder(input: ResolveInput): Find {
  const { registry, environment, lane } = input;
  const server = new ObservedIndex(input.observed ?? []);
  const foldersOf = readingFolders(input);
  return (key, requirements, service) => {
    const given = environment.get(key);
    const ambient: Found | undefined =
      given === undefined || given.isBlank
        ? undefined
        : { value: given, provenance: { source: 'environment' } };
    if (registry.bootstrapOnly.has(key)) return ambient;
    if (ambient !== undefined && lane === 'uncontrolled') return ambient;
    const read = requirements.map((requirement) => foldersOf(requirement, service));
    return fromInfisical(key, read, server) ?? ambient;
  };
}

/** Layer by layer, so that no transport's shared folder precedes another's service folder. */
function fromInfisical(
  key: string,
  read: readonly (readonly string[])[],
  server: ObservedIndex,
): Found | undefined {
  const depth = Math.max(...read.map((folders) => folders.length));
  for (let layer = 0; layer < depth; layer += 1) {
    for (const folders of read) {
      const folder = folders[layer];
      const held = folder === undefined ? undefined : server.found(folder, key);
      if (held !== undefined)
        return { value: held.value, provenance: { source: 'infisical', folder: held.folder } };
    }
  }
  return undefined;
}

/** The folders whose recursive listings hold everything that `nodes` read from Infisical: each once, sorted. */
export function listingRoots(nodes: readonly NodeRequirements[], machineClass?: string): string[] {
  const reading = nodes.filter(({ requirements }) => requirements.length > 0);
  if (reading.length === 0) return [];
  const services = reading.flatMap(({ service }) =>
    service === undefined ? [] : [secretFolder.serviceRoot(service)],
  );
  const ofClass = machineClass === undefined ? [] : [secretFolder.machineClass(machineClass)];
  return [...new Set(['/shared', ...services, ...ofClass])].sort();
}

/** Every folder that one of the nodes looks into, each once, sorted. */
export function nodeFolders(nodes: readonly NodeRequirements[], layers: Layers): string[] {
  const foldersOf = readingFolders(layers);
  const read = new Set<string>();
  for (const { service, requirements } of nodes) {
    for (const requirement of requirements) {
      for (const folder of foldersOf(requirement, service)) read.add(folder);
    }
  }
  return [...read].sort();
}

/** What one process that runs several nodes starts with. */
export interface MergedConfig {
  values: Map<string, Secret>;
  provenance: Map<string, Provenance>;
  /** Keys that a node requires and that nobody gave. */
  missingRequired: string[];
  missingOptional: string[];
  /** Keys whose nodes have different values; the first node's counts. */
  conflicts: { key: string; nodes: string[] }[];
}

/** The configurations of nodes as one environment, in their order. */
export function mergeConfigs(configs: readonly NodeConfig[]): MergedConfig {
  const values = new Map<string, Secret>();
  const provenance = new Map<string, Provenance>();
  const owners = new Map<string, string>();
  const conflicts = new Map<string, string[]>();
  for (const config of configs) {
    for (const [key, value] of config.values) {
      const known = values.get(key);
      const from = config.provenance.get(key);
      if (known === undefined) {
        values.set(key, value);
        owners.set(key, config.node);
        if (from !== undefined) provenance.set(key, from);
      } else if (!known.equals(value)) {
        const nodes = conflicts.get(key) ?? [owners.get(key) ?? ''];
        nodes.push(config.node);
        conflicts.set(key, nodes);
      }
    }
  }
  const required = new Set(configs.flatMap(({ missingRequired }) => missingRequired));
  const optional = new Set(configs.flatMap(({ missingOptional }) => missingOptional));
  return {
    values,
    provenance,
    missingRequired: [...required].filter((key) => !values.has(key)).sort(),
    missingOptional: [...optional].filter((key) => !values.has(key) && !required.has(key)).sort(),
    conflicts: [...conflicts].map(([key, nodes]) => ({ key, nodes })),
  };
}
