import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, link, lstat, readFile, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Secret } from '../contracts/core/secret';
import { refused } from '../contracts/core/failures';
import { inParallel } from '../contracts/core/in-parallel';
import { keyedDigest } from '../contracts/core/keyed-digest';
import { named } from '../contracts/core/named';
import { createFileOnce, FILES_AT_ONCE, makeFolder, writeFileAtomic, writeFilesAtomic } from './files/atomic';
import { ownFolder } from './files/own-folder';
import { ifThere, readKept } from './files/system';

const fileSchema = z.object({
  node: z.string(),
  service: z.string(),
  values: named(z.string()),
});

/** A node's file as it is: values are plain text, as its service reads them. */
export type NodeFile = z.infer<typeof fileSchema>;

/** What a node's file shall hold. */
interface NodeValues {
  node: string;
  service: string;
  values: ReadonlyMap<string, Secret>;
}

const allOf = (nodesDir: string) => join(nodesDir, 'all');
const shownTo = (nodesDir: string, service: string) => join(nodesDir, 'services', service);

const PROOF_KEY = 'proof.key';

const MOST_NAME = 100; // of 255 that a file system takes

/**
 * Has the folder of the nodes' files ready, for this installation alone; one that is not ours, or another's, is Refused.
 */
export async function openNodesDir(nodesDir: string, installation: string): Promise<void> {
  await ownFolder(nodesDir);
  const owner = await createFileOnce(join(nodesDir, 'installation'), installation);
  if (owner === installation) return;
  throw refused(
    `${nodesDir} holds the nodes' files of another installation (${owner}). Name another folder with ONEX_NODES_DIR, or remove that one.`,
  );
}

/** Takes all of it away, where it is there and of this installation. */
export async function removeNodesDir(nodesDir: string, installation: string): Promise<void> {
  if ((await ifThere(lstat(nodesDir))) === undefined) return;
  await openNodesDir(nodesDir, installation);
  await rm(nodesDir, { recursive: true });
}

/** The name of a node's file. Node names are free text: two that differ only in what a file name cannot hold never share one. */
export function nodeFileName(node: string): string {
  const safe = node
    .replace(/[^A-Za-z0-9._-]+/g, '_')
    .replace(/^\.+/, '_')
    .slice(0, MOST_NAME);
  if (safe === node && !/-[0-9a-f]{8}$/.test(node)) return `${node}.json`;
  return `${safe}-${createHash('sha256').update(node).digest('hex').slice(0, 8)}.json`;
}

/**
 * Writes nodes' configurations as JSON, each as a whole, and says which were written: an equal file is left alone. Their mode
 * is 0444, in a folder that only we may enter: whatever user a service is, it reads those that are shown to it, and nobody
 * else any.
 */
export async function writeNodeFiles(nodesDir: string, configs: readonly NodeValues[]): Promise<Set<string>> {
  const isStale = await inParallel(
    configs,
    FILES_AT_ONCE,
    async (config) => (await stateOfNodeFile(nodesDir, config)) !== 'current',
  );
  const stale = configs
    .filter((_, at) => isStale[at])
    .map((config) => ({ ...config, name: nodeFileName(config.node) }));
  await writeFilesAtomic(allOf(nodesDir), stale, contentOf, { mode: 0o444 });
  return new Set(stale.map(({ node }) => node));
}

/** Whether a node's file holds what it should. */
export async function stateOfNodeFile(
  nodesDir: string,
  config: NodeValues,
): Promise<'current' | 'stale' | 'missing'> {
  const path = join(allOf(nodesDir), nodeFileName(config.node));
  const found = await readFile(path, 'utf8').catch(() => undefined);
  if (found === undefined) return 'missing';
  return found === contentOf(config) ? 'current' : 'stale';
}

const contentOf = (config: NodeValues) => `${JSON.stringify(nodeFileOf(config), null, 2)}\n`;

/** What a node's file shall hold, in the order in which it does. */
export function nodeFileOf({ node, service, values }: NodeValues): NodeFile {
  const plain = [...values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => [key, value.reveal()]);
  return { node, service, values: Object.fromEntries(plain) as Record<string, string> };
}

/** Names what a service is given as a whole. */
export const digestOfFiles = (files: readonly NodeFile[], key: Secret): string =>
  keyedDigest(key, new Secret(JSON.stringify(files)));

/** Files of other nodes than those; a file that cannot be read is named by its file name, of no service. */
export async function otherNodeFiles(
  nodesDir: string,
  nodes: readonly string[],
): Promise<{ file: string; node: string; service: string; keys: number }[]> {
  const expected = new Set(nodes.map(nodeFileName));
  const names = await readdir(allOf(nodesDir)).catch(() => [] as string[]);
  const others = names.filter((name) => !expected.has(name));
  return inParallel(others, FILES_AT_ONCE, async (file) => {
    const found = await readNodeFile(allOf(nodesDir), file).catch(() => undefined);
    const { node = file, service = '', values = {} } = found ?? {};
    return { file, node, service, keys: Object.keys(values).length };
  });
}

/** Takes files away, by their names. */
export async function removeNodeFiles(nodesDir: string, files: readonly string[]): Promise<void> {
  for (const name of files) await rm(join(allOf(nodesDir), name), { force: true });
}

export const hasNodeFile = (nodesDir: string, node: string): boolean =>
  existsSync(join(allOf(nodesDir), nodeFileName(node)));

/** Shows a runtime service exactly its nodes' files, as links: no second copy of a value. */
export async function showNodeFiles(
  nodesDir: string,
  service: string,
  nodes: readonly string[],
): Promise<void> {
  const shown = shownTo(nodesDir, service);
  await makeFolder(shown);
  await chmod(shown, 0o755);
  const names = nodes.map(nodeFileName);
  await inParallel(names, FILES_AT_ONCE, async (name) => {
    const file = join(allOf(nodesDir), name);
    const found = await ifThere(lstat(join(shown, name)));
    if (found !== undefined && found.ino === (await lstat(file)).ino) return;
    const temporary = join(shown, `.${name}.tmp`);
    await rm(temporary, { force: true });
    await link(file, temporary);
    await rename(temporary, join(shown, name));
  });
  const expected = new Set([...names, PROOF_KEY]);
  for (const name of await readdir(shown)) {
    if (!expected.has(name)) await rm(join(shown, name), { force: true });
  }
}

/**
 * A new key for the digests by which a service proves what it holds, beside the files that it is shown: nobody else can
 * read it, so nobody else can try values against the digests.
 */
export async function showProofKey(nodesDir: string, service: string): Promise<Secret> {
  const key = new Secret(randomBytes(32).toString('hex'));
  await writeFileAtomic(join(shownTo(nodesDir, service), PROOF_KEY), key.reveal(), { mode: 0o444 });
  return key;
}

/** The files that a runtime service is shown, by their nodes. */
export const shownNodeFiles = (nodesDir: string, service: string, nodes: readonly string[]) =>
  inParallel(nodes, FILES_AT_ONCE, (node) => readNodeFile(shownTo(nodesDir, service), nodeFileName(node)));

async function readNodeFile(folder: string, name: string): Promise<NodeFile> {
  return fileSchema.parse(JSON.parse(await readFile(join(folder, name), 'utf8')));
}

const deliveredFile = (stateDir: string, service: string) => join(stateDir, 'delivered', service);

/** Keyed digest of the configuration that a service was started with or told to read; undefined where none is noted. */
export async function deliveredTo(stateDir: string, service: string): Promise<string | undefined> {
  return (await readKept(deliveredFile(stateDir, service)))?.toString('utf8');
}

export const noteDelivered = (stateDir: string, service: string, digest: string): Promise<void> =>
  writeFileAtomic(deliveredFile(stateDir, service), digest);
