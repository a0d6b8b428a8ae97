import type { Secret } from '../core/secret';
import { ObservedIndex } from '../plan/observed-index';
import type { ObservedSecret } from '../plan/observed-secret';
import type { KeyRegistry } from '../registry/key-registry';
import type { NodeRequirement, NodeRequirements } from '../requirements/node-requirements';
import type { FolderNames } from '../transports/folder-names';
import { requirementFolder } from '../transports/requirement-folder';
import type { NodeConfig, Provenance } from './node-config';
import { readingFolders } from './reading-folders';

/** What nodes are resolved from. */
export interface ResolveInput {
  nodes: readonly NodeRequirements[];
  registry: KeyRegistry;
  folders: FolderNames;
  machineClass?: string;
  /** What the listing roots hold; undefined where there is no Infisical: then the environment is all there is. */
  observed?: readonly ObservedSecret[];
  environment: ReadonlyMap<string, Secret>;
  /** uncontrolled: the environment wins. controlled: Infisical wins and the environment fills the gaps. */
  lane: 'uncontrolled' | 'controlled';
}

interface Found {
  value: Secret;
  provenance: Provenance;
}

/** The configuration of every node, in the order given. A blank value is no value in either source. */
export function resolveNodes(input: ResolveInput): NodeConfig[] {
  const server = new ObservedIndex(input.observed ?? []);
  return input.nodes.map((node) => resolveNode(node, input, server));
}

function resolveNode(node: NodeRequirements, input: ResolveInput, server: ObservedIndex): NodeConfig {
  const values = new Map<string, Secret>();
  const provenance = new Map<string, Provenance>();
  const missing = new Map<string, boolean>();
  for (const [key, requirements] of byKey(node)) {
    const found = find(key, requirements, node.service, input, server);
    if (found !== undefined) {
      values.set(key, found.value);
      provenance.set(key, found.provenance);
    } else if (!input.registry.identityDefaults.has(key)) {
      missing.set(
        key,
        requirements.some(({ required }) => required),
      );
    }
  }
  const lacking = (required: boolean) => [...missing].filter(([, is]) => is === required).map(([key]) => key);
  return {
    node: node.node,
    ...(node.service === undefined ? {} : { service: node.service }),
    values,
    provenance,
    missingRequired: lacking(true),
    missingOptional: lacking(false),
  };
}

/** A key asked for by two transports is one variable of the node; an environment dependency is asked first. */
function byKey({ requirements }: NodeRequirements): Map<string, NodeRequirement[]> {
  const keys = new Map<string, NodeRequirement[]>();
  for (const requirement of requirements) {
    const same = keys.get(requirement.key) ?? [];
    keys.set(
      requirement.key,
      requirement.transport === 'runtime' ? [requirement, ...same] : [...same, requirement],
    );
  }
  return keys;
}

function find(
  key: string,
  requirements: readonly NodeRequirement[],
  service: string | undefined,
  input: ResolveInput,
  server: ObservedIndex,
): Found | undefined {
  const ambient = fromEnvironment(key, input);
  const stored = requirements.filter(({ transport }) => transport !== 'infisical');
  if (input.registry.bootstrapOnly.has(key) || stored.length === 0) return ambient;
  if (ambient !== undefined && input.lane === 'uncontrolled') return ambient;
  return fromInfisical(key, stored, service, input, server) ?? ambient;
}

function fromEnvironment(key: string, { environment }: ResolveInput): Found | undefined {
  const value = environment.get(key);
  return value === undefined || value.isBlank ? undefined : { value, provenance: { source: 'environment' } };
}

function fromInfisical(
  key: string,
  requirements: readonly NodeRequirement[],
  service: string | undefined,
  { registry, folders, machineClass }: ResolveInput,
  server: ObservedIndex,
): Found | undefined {
  const identityDefault = registry.identityDefaults.has(key);
  const read = requirements.map(({ transport }) =>
    readingFolders({ folder: requirementFolder(transport, folders), service, machineClass, identityDefault }),
  );
  // Layer by layer, so that no transport's shared folder precedes another's service folder.
  const depth = Math.max(0, ...read.map((places) => places.length));
  for (let layer = 0; layer < depth; layer += 1) {
    for (const places of read) {
      const folder = places[layer];
      const held =
        folder === undefined ? undefined : server.at(folder, key).find(({ value }) => !value.isBlank);
      if (held !== undefined)
        return { value: held.value, provenance: { source: 'infisical', folder: held.folder } };
    }
  }
  return undefined;
}
