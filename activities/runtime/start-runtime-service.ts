import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keyedDigest } from '../../contracts/core/keyed-digest';
import { Secret } from '../../contracts/core/secret';
import type { RuntimeRow } from '../../contracts/report/bootstrap-report';
import type { NodeRow } from '../../contracts/report/node-row';
import type { Configuration } from '../../contracts/settings/configuration';
import type { Settings } from '../../contracts/settings/settings';
import type { Progress } from '../../stack/engine/run-command';
import { installationKey } from '../../environment/keys';
import { nodeFiles, showNodeFiles } from '../prefetch/node-files';
import { runService } from '../stack/run-service';
import { proveRuntime } from './prove-runtime';

/** Starts a runtime service with exactly the files of its nodes, anew when they changed, and asks it for proof. */
export async function startRuntimeService(
  settings: Settings,
  name: string,
  rows: readonly NodeRow[],
  config: Configuration,
  progress: Progress,
): Promise<RuntimeRow> {
  const nodes = rows.map(({ node }) => node);
  await showNodeFiles(settings.nodesDir, name, nodes);
  const inputs = await digestOfFiles(settings, name, nodes);
  const row = await runService(settings, name, config, { ...progress, inputs });
  const proof =
    row.address === undefined ? 'not asked' : await proveRuntime(row.address, settings.nodesDir, name, nodes);
  return { ...row, nodes, proof };
}

async function digestOfFiles(settings: Settings, name: string, nodes: readonly string[]): Promise<string> {
  const folder = nodeFiles.ofService(settings.nodesDir, name);
  const texts = await Promise.all(nodes.map((node) => readFile(join(folder, nodeFiles.name(node)), 'utf8')));
  return keyedDigest(await installationKey(settings.stateDir), new Secret(texts.join('\n')));
}
