import { randomUUID } from 'node:crypto';
import { badInput } from '../contracts/core/failures';
import type { NodeRequirements } from '../contracts/requirements';
import { listingRoots, nodeFolders } from '../contracts/resolve/node-folders';
import { mergeConfigs, type MergedConfig } from '../contracts/resolve/merge-configs';
import { resolveNodes } from '../contracts/resolve/resolve-nodes';
import type { Configuration } from '../contracts/settings/configuration';
import type { Settings } from '../contracts/settings/settings';
import { isInfisicalError } from '../infisical/problem';
import { readDeclarations } from '../activities/seed/read-declarations';
import type { ReadAudit } from './read-audit';
import { readNodeFolders, type ReadFolders } from './read-node-folders';

export interface ServiceConfig extends MergedConfig {
  nodes: string[];
  read: Omit<ReadFolders, 'secrets'> | undefined;
}

/** The environment of a service's nodes by the rules of the prefetch, in memory only; each key that it gets is audited. */
export async function serviceConfig(
  settings: Settings,
  config: Configuration,
  { service, nodes: named }: { service: string; nodes: readonly string[] },
  { audit, onProblem }: { audit: ReadAudit; onProblem: (message: string) => void },
): Promise<ServiceConfig> {
  const started = performance.now();
  const declared = await readDeclarations(settings);
  const nodes = choose(declared.nodes, service, named);
  const { registry, folders } = declared;
  const wanted = {
    roots: listingRoots(nodes, settings.machineClass),
    folders: nodeFolders(nodes, { registry, folders, machineClass: settings.machineClass }),
  };
  const read = await readNodeFolders(settings, config, wanted, summary(onProblem)).catch((error: unknown) => {
    recordFailure(error, { audit, service, environment: settings.environment, started });
    throw error;
  });
  const merged = mergeConfigs(
    resolveNodes({
      nodes,
      registry,
      folders,
      ...(settings.machineClass === undefined ? {} : { machineClass: settings.machineClass }),
      ...(read === undefined ? {} : { observed: read.secrets }),
      environment: config.variables,
      lane: settings.required ? 'controlled' : 'uncontrolled',
    }),
  );
  record(merged, read, { audit, service, environment: settings.environment, started });
  return { ...merged, nodes: nodes.map(({ node }) => node), read };
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

function record(
  { provenance }: MergedConfig,
  read: ReadFolders | undefined,
  context: { audit: ReadAudit; service: string; environment: string; started: number },
): void {
  const { audit, service, environment, started } = context;
  const correlation_id = randomUUID();
  const latency_ms = Math.round(performance.now() - started);
  for (const [key, from] of provenance) {
    if (from.source === 'environment' || read === undefined) continue; // its own variables, not read by us
    const { source, identity } = read;
    const access = {
      operation: 'exec',
      outcome: 'served',
      environment,
      path: from.folder,
      key,
      source,
    } as const;
    audit.record({ ...access, identity, latency_ms, correlation_id }, { service });
  }
}

function recordFailure(
  error: unknown,
  {
    audit,
    service,
    environment,
    started,
  }: { audit: ReadAudit; service: string; environment: string; started: number },
): void {
  const outage = isInfisicalError(error, 'unavailable', 'rateLimited');
  const access = {
    operation: 'exec',
    outcome: outage ? 'failed' : 'refused',
    error: error instanceof Error ? error.name : 'Unknown',
    environment,
    latency_ms: Math.round(performance.now() - started),
    correlation_id: randomUUID(),
  } as const;
  audit.record(access, { service });
}

// A service looks into dozens of folders, and what is wrong with one copy is mostly wrong with all.
function summary(onProblem: (message: string) => void): (message: string) => void {
  let told = 0;
  return (message) => {
    told += 1;
    if (told === 1) onProblem(message);
    if (told === 2) onProblem('The same holds for copies of other folders.');
  };
}
