import { inParallel } from '../contracts/core/in-parallel';
import { someOf } from '../contracts/core/some-of';
import type { ObservedSecret } from '../contracts/plan/places';
import {
  resolveNodes,
  type NodeConfig,
  type Provenance,
  listingRoots,
  nodeFolders,
} from '../contracts/resolve/resolve-nodes';
import { isServed } from '../contracts/run/hosts';
import type { RunRef } from '../contracts/run/run-ref';
import { listed, type NodesSummary } from '../contracts/run/summaries';
import type { Environment } from '../environment/environment';
import type { Host } from '../environment/host';
import { openNodesDir, otherNodeFiles, removeNodeFiles, writeNodeFiles } from '../environment/node-files';
import { currentProgress, currentRun } from '../environment/progress';
import type { NodeRow } from '../environment/reports';
import { workStore } from '../infisical/access/access';
import { attempt } from '../infisical/problem';
import { LISTED_AT_ONCE, listExpanded, listSecrets } from '../infisical/secrets/secrets';

/** Each node's configuration, into its file. */
export const prefetchActivities = (host: Host) => ({
  /**
   * Reads every folder that any node needs once, resolves each node, and writes its file; values stay in here. Files of
   * nodes that are withheld or not declared any more are removed, unless they are to be kept.
   */
  async prefetchNodes(run: RunRef, other?: 'keep'): Promise<NodesSummary> {
    const environment = await host.open(run);
    await openNodesDir(environment.nodesDir, await host.installation());
    const { configs, unread, service } = await readConfigs(environment, run);
    const rows = await deliver(configs, service, environment.nodesDir);
    const served = rows.filter(({ file }) => file !== 'withheld').map(({ node }) => node);
    const known = new Set(rows.map(({ node }) => node));
    const others = await otherNodeFiles(environment.nodesDir, served);
    // What an unreadable contract served stays: nothing is removed because something could not be read.
    const kept = others.filter(({ node }) => other === 'keep' || (unread > 0 && !known.has(node)));
    const removed = others.filter((other) => !kept.includes(other));
    await removeNodeFiles(
      environment.nodesDir,
      removed.map(({ file }) => file),
    );
    const unknown = kept.filter(({ node }) => !known.has(node));
    const keptRows = unknown.map(({ node, service: of, keys }): NodeRow => {
      return {
        node,
        service: of,
        keys,
        file: 'kept',
        missingRequired: [],
        missingOptional: [],
        provenance: {},
      };
    });
    for (const row of keptRows) rows.push(row);
    await environment.reports.add(currentRun(), { nodes: rows });
    return {
      nodes: rows.length,
      written: rows.filter(({ file }) => file === 'written').length,
      withheld: listed(
        rows
          .filter(({ file }) => file === 'withheld')
          .map(({ node, missingRequired }) => `${node} lacks ${someOf(missingRequired)}`),
      ),
      kept: listed(kept.map(({ node }) => node)),
      removed: listed(removed.map(({ node }) => node)),
    };
  },
});

/** What every node should have, as the server and the declaration say it now. `isSeen` is false where there is no server yet. */
export async function readConfigs(environment: Environment, run: RunRef) {
  const { machineClass, variables, declaration } = environment;
  const { nodes: all, registry, folders, unread } = await environment.declared(run.service);
  const nodes = all.filter((node) => isServed(declaration.serves, node));
  const observed = await readFolders(environment, {
    roots: listingRoots(nodes, machineClass),
    folders: nodeFolders(nodes, { registry, folders, machineClass }),
  });
  const configs = resolveNodes({
    nodes,
    registry,
    folders,
    machineClass,
    observed,
    environment: variables,
    lane: (run.required ?? declaration.required) ? 'controlled' : 'uncontrolled',
  });
  const service = run.service ?? declaration.service;
  return { configs, unread, service, isSeen: observed !== undefined };
}

async function readFolders(
  environment: Environment,
  { roots, folders }: { roots: string[]; folders: readonly string[] },
): Promise<ObservedSecret[] | undefined> {
  const { onProgress } = currentProgress();
  return attempt('reading the nodes’ configuration', async () => {
    const store = await workStore(environment, 'runtime', currentProgress());
    if (store === undefined) return undefined;
    const { session, scope } = store;
    if (environment.expand) return listExpanded(session, scope, folders);
    const observed = await inParallel(roots, LISTED_AT_ONCE, (path) => {
      onProgress(`reading ${path}`);
      return listSecrets(session, scope, path);
    });
    return observed.flat(); // not one push of all: 200,000 arguments overflow the stack
  });
}

async function deliver(
  configs: readonly NodeConfig[],
  defaultService: string,
  nodesDir: string,
): Promise<NodeRow[]> {
  const ready = configs.filter(({ missingRequired }) => missingRequired.length === 0);
  const written = await writeNodeFiles(
    nodesDir,
    ready.map(({ node, values, service = defaultService }) => ({ node, values, service })),
  );
  return configs.map(
    ({ node, values, missingRequired, missingOptional, service = defaultService, provenance }) => ({
      node,
      service,
      keys: values.size,
      file: missingRequired.length > 0 ? 'withheld' : written.has(node) ? 'written' : 'unchanged',
      missingRequired,
      missingOptional,
      provenance: byOrigin(provenance),
    }),
  );
}

function byOrigin(provenance: ReadonlyMap<string, Provenance>): Record<string, string[]> {
  const origins: Record<string, string[]> = {};
  for (const [key, from] of provenance) {
    (origins[from.source === 'environment' ? 'environment' : from.folder] ??= []).push(key);
  }
  return origins;
}
