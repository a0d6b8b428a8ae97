import { createHash } from 'node:crypto';
import { link, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secret } from '../../contracts/core/secret';
import { makeFolder, writeFileAtomic } from '../../environment/files/atomic';

/** Where every node's configuration is, and what each runtime service is shown of it. */
export const nodeFiles = {
  all: (nodesDir: string) => join(nodesDir, 'all'),
  ofService: (nodesDir: string, service: string) => join(nodesDir, 'services', service),
  name: (node: string) => `${fileStem(node)}.json`,
} as const;

// Node names are free text: two that differ only in what a file name cannot hold must not share a file.
function fileStem(node: string): string {
  const safe = node.replace(/[^A-Za-z0-9._-]+/g, '_').replace(/^\.+/, '_');
  if (safe === node) return node;
  return `${safe}-${createHash('sha256').update(node).digest('hex').slice(0, 8)}`;
}

/** Writes one node's configuration as JSON, 0600, as a whole; leaves an equal file alone. */
export async function writeNodeFile(
  nodesDir: string,
  { node, service, values }: { node: string; service: string; values: ReadonlyMap<string, Secret> },
): Promise<'written' | 'unchanged'> {
  const path = join(nodeFiles.all(nodesDir), nodeFiles.name(node));
  const plain = [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, value.reveal()]);
  const content = `${JSON.stringify({ node, service, values: Object.fromEntries(plain) as unknown }, null, 2)}\n`;
  if ((await readFile(path, 'utf8').catch(() => undefined)) === content) return 'unchanged';
  await writeFileAtomic(path, content);
  return 'written';
}

/** Takes away the files of nodes that are not served: no contract names them, or they lack a required key. */
export async function keepOnlyNodeFiles(nodesDir: string, nodes: readonly string[]): Promise<void> {
  await keepOnly(nodeFiles.all(nodesDir), new Set(nodes.map(nodeFiles.name)));
}

/** Shows a runtime service exactly its nodes' files, as links: no second copy of a value. */
export async function showNodeFiles(
  nodesDir: string,
  service: string,
  nodes: readonly string[],
): Promise<void> {
  const shown = nodeFiles.ofService(nodesDir, service);
  await makeFolder(shown);
  const names = nodes.map(nodeFiles.name);
  for (const name of names) {
    const temporary = join(shown, `.${name}.tmp`);
    await rm(temporary, { force: true });
    await link(join(nodeFiles.all(nodesDir), name), temporary);
    await rename(temporary, join(shown, name));
    await rm(temporary, { force: true }); // rename(2) of two links to one file does nothing
  }
  await keepOnly(shown, new Set(names));
}

async function keepOnly(dir: string, names: ReadonlySet<string>): Promise<void> {
  const present = await readdir(dir).catch(() => [] as string[]);
  for (const name of present.filter((entry) => !names.has(entry))) await rm(join(dir, name), { force: true });
}
