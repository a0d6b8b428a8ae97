import { randomUUID } from 'node:crypto';
import { badInput } from '../contracts/core/failures';
import type { FolderNames } from '../contracts/folders';
import { holdsReference } from '../contracts/plan/refusal';
import type { KeyRegistry } from '../contracts/registry';
import type { NodeRequirements } from '../contracts/requirements';
import {
  mergeConfigs,
  type MergedConfig,
  resolveNodes,
  listingRoots,
  nodeFolders,
} from '../contracts/resolve/resolve-nodes';
import { resolveAccess } from '../infisical/access/access';
import { assertEnvironment, readProject } from '../infisical/identity/project';
import { unless } from '../infisical/problem';
import { asReadError } from './as-read-error';
import type { FetchedTrees } from './guarded-reads';
import { openInfisical } from './open-reads';
import type { ReadAudit, ReadRecord } from './read-audit';
import { endOf } from './read-log';
import { readSettings, type ReadPlace } from './read-place';

export interface ServicePlace extends ReadPlace {
  machineClass?: string | undefined;
  /** Whether values come from Infisical only: the controlled lane. */
  required: boolean;
}

/** What the contracts declare. */
export interface DeclaredNodes {
  nodes: NodeRequirements[];
  registry: KeyRegistry;
  folders: FolderNames;
}

interface ReadTrees extends FetchedTrees {
  identity: string;
}

export interface ServiceConfig extends MergedConfig {
  nodes: string[];
  /** Keys whose value still holds a reference, sorted. */
  unexpanded: string[];
  /** Undefined without an Infisical. `ageSeconds`, of the oldest copy, is there where copies stand in for it. */
  read: Omit<ReadTrees, 'secrets'> | undefined;
}

/** The environment of a service's nodes by the rules of the prefetch, in memory only; each key that it gets is audited. */
export async function serviceConfig(
  place: ServicePlace,
  { registry, folders, ...declared }: DeclaredNodes,
  { service, nodes: named }: { service: string; nodes: readonly string[] },
  { audit, onProblem }: { audit: ReadAudit; onProblem: (message: string) => void },
): Promise<ServiceConfig> {
  const { environment, machineClass, variables } = place;
  const nodes = choose(declared.nodes, service, named);
  const started = performance.now();
  const correlation_id = randomUUID();
  const record = (
    read: Pick<ReadRecord, 'outcome' | 'source' | 'path' | 'key' | 'identity' | 'error' | 'code'>,
  ) => {
    const latency_ms = Math.round(performance.now() - started);
    audit.record({ operation: 'exec', environment, ...read, latency_ms, correlation_id }, { service });
  };
  const wanted = {
    roots: listingRoots(nodes, machineClass),
    folders: nodeFolders(nodes, { registry, folders, machineClass }),
  };
  const read = await readTrees(place, wanted, once(onProblem)).catch((error: unknown) => {
    const about = { what: `keys of ${service}`, host: '', environment, correlationId: correlation_id };
    record(endOf(asReadError(error, about)));
    throw error;
  });
  const merged = mergeConfigs(
    resolveNodes({
      nodes,
      registry,
      folders,
      ...(machineClass === undefined ? {} : { machineClass }),
      ...(read === undefined ? {} : { observed: read.secrets }),
      environment: variables,
      lane: place.required ? 'controlled' : 'uncontrolled',
    }),
  );
  const source = read?.ageSeconds === undefined ? 'infisical' : 'last-known-good';
  for (const [key, from] of merged.provenance)
    if (read !== undefined && from.source !== 'environment')
      // its own variables are not read by us
      record({ outcome: 'served', path: from.folder, key, source, identity: read.identity });
  const unexpanded = [...merged.values]
    .filter(([key, value]) => merged.provenance.get(key)?.source !== 'environment' && holdsReference(value))
    .map(([key]) => key);
  return { ...merged, nodes: nodes.map(({ node }) => node), read, unexpanded: unexpanded.sort() };
}

/** Everything below the roots; during an outage the copies of the folders. Undefined without an Infisical. */
async function readTrees(
  place: ReadPlace,
  wanted: { roots: readonly string[]; folders: readonly string[] },
  onProblem: (message: string) => void,
): Promise<ReadTrees | undefined> {
  const access = await resolveAccess(place, 'runtime');
  if (access === undefined) return undefined;
  const { adapter, guarded } = openInfisical(readSettings(access, place), { onProblem, ...access.trust });
  const scope = { projectId: access.projectId, environment: place.environment };
  const { expand } = place;
  const folders = wanted.folders.map((path) => ({ ...scope, path, ...(expand && { expand }) }));
  const read = await guarded.trees(folders, () => adapter.listTrees(scope, wanted, expand));
  // a server tells an environment that it does not have from an empty one only here
  if (read.secrets.length === 0 && read.ageSeconds === undefined) {
    const project = await unless(readProject(adapter.session, scope.projectId), 'forbidden', 'notFound');
    if (project !== undefined) assertEnvironment(project, scope.environment);
  }
  return { ...read, identity: access.clientId };
}

function choose(nodes: NodeRequirements[], service: string, named: readonly string[]): NodeRequirements[] {
  const own = nodes.filter((node) => node.service === service);
  if (own.length === 0) {
    const services = [...new Set(nodes.flatMap((node) => node.service ?? []))].sort().join(', ');
    throw badInput(
      `No contract declares a node of the service ${service} that needs a key; there are: ${services || 'none'}. Name the contracts with --contracts.`,
    );
  }
  const unknown = named.filter((name) => !own.some(({ node }) => node === name));
  if (unknown.length > 0)
    throw badInput(
      `The service ${service} has no node ${unknown.join(', ')}; it has: ${own.map(({ node }) => node).join(', ')}.`,
    );
  return named.length === 0 ? own : own.filter(({ node }) => named.includes(node));
}

// A service looks into dozens of folders, and what is wrong with one copy is mostly wrong with all.
function once(onProblem: (message: string) => void): (message: string) => void {
  let told = 0;
  return (message) => {
    told += 1;
    if (told === 1) onProblem(message);
    if (told === 2) onProblem('The same holds for copies of other folders.');
  };
}
