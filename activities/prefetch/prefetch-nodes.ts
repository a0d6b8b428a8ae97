import type { ObservedSecret } from '../../contracts/plan/places';
import type { NodeRow } from '../../contracts/report/node-row';
import { listingRoots } from '../../contracts/resolve/node-folders';
import { type NodeConfig, type Provenance, resolveNodes } from '../../contracts/resolve/resolve-nodes';
import { accessOf } from '../../contracts/settings/access-of';
import type { Configuration } from '../../contracts/settings/configuration';
import type { Settings } from '../../contracts/settings/settings';
import { openStore, type Store } from '../../infisical/access/access';
import { listSecrets } from '../../infisical/secrets/secrets';
import { readDeclarations } from '../seed/read-declarations';
import { keepOnlyNodeFiles, writeNodeFile } from './node-files';

/** Reads every folder that any node needs once, resolves each node, and writes its file; values stay in here. */
export async function prefetchNodes(
  settings: Settings,
  config: Configuration,
  { signal, report }: { signal: AbortSignal; report: (line: string) => void },
): Promise<NodeRow[]> {
  const { nodes, registry, folders } = await readDeclarations(settings);
  const store = await openStore(accessOf(settings, config), 'runtime', { signal });
  const roots = listingRoots(nodes, settings.machineClass);
  const observed = store === undefined ? undefined : await readRoots(store, roots, report);
  const configs = resolveNodes({
    nodes,
    registry,
    folders,
    ...(settings.machineClass === undefined ? {} : { machineClass: settings.machineClass }),
    ...(observed === undefined ? {} : { observed }),
    environment: config.variables,
    lane: settings.required ? 'controlled' : 'uncontrolled',
  });
  const rows: NodeRow[] = [];
  for (const node of configs) rows.push(await deliver(node, settings));
  const served = rows.filter(({ file }) => file !== 'withheld').map(({ node }) => node);
  await keepOnlyNodeFiles(settings.nodesDir, served);
  return rows;
}

async function readRoots({ session, scope }: Store, roots: string[], report: (line: string) => void) {
  const observed: ObservedSecret[] = [];
  for (const path of roots) {
    report(`reading ${path}`);
    observed.push(...(await listSecrets(session, scope, path)));
  }
  return observed;
}

async function deliver(config: NodeConfig, settings: Settings): Promise<NodeRow> {
  const { node, values, missingRequired, missingOptional } = config;
  const service = config.service ?? settings.service;
  const file =
    missingRequired.length > 0
      ? 'withheld'
      : await writeNodeFile(settings.nodesDir, { node, service, values });
  return {
    node,
    service,
    keys: values.size,
    file,
    missingRequired,
    missingOptional,
    provenance: byOrigin(config.provenance),
  };
}

function byOrigin(provenance: ReadonlyMap<string, Provenance>): Record<string, string[]> {
  const origins: Record<string, string[]> = {};
  for (const [key, from] of provenance) {
    (origins[from.source === 'environment' ? 'environment' : from.folder] ??= []).push(key);
  }
  return origins;
}
