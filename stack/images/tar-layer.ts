import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readFile, rename, writeFile } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { refused } from '../../contracts/core/failures';
import { runCommand, type Progress } from '../engine/run-command';

export interface Layer {
  /** Path of the tar. */
  path: string;
  /** sha256:… of the tar. */
  diffId: string;
}

// Equal content makes an equal tar, and so an equal image id.
const DETERMINISTIC = [
  '--sort=name',
  '--mtime=@0',
  '--owner=0',
  '--group=0',
  '--numeric-owner',
  '--format=gnu',
];

/** Packs a folder as `path`, with its digest beside it; links to outside are followed where `follow`. */
export async function tarLayer(
  folder: string,
  path: string,
  { follow = false, signal }: { follow?: boolean } & Progress = {},
): Promise<Layer> {
  // Two runs may build the same layer at once: each has its own part, and both parts are equal.
  const part = `${path}.${randomUUID()}.part`;
  const mode = follow ? ['--dereference', '--mode=u=rwX,go=rX'] : [];
  const { code, output } = await runCommand(
    'tar',
    [...DETERMINISTIC, ...mode, '-C', folder, '-cf', part, '.'],
    { signal },
  );
  if (code !== 0) throw refused(`Packing ${path} failed: ${output.trim()}`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(part), hash);
  const diffId = `sha256:${hash.digest('hex')}`;
  await writeFile(`${path}.digest`, diffId);
  await rename(part, path);
  return { path, diffId };
}

/** A tar that an earlier run has finished, or undefined. */
export async function cachedLayer(path: string): Promise<Layer | undefined> {
  try {
    const [diffId] = await Promise.all([readFile(`${path}.digest`, 'utf8'), access(path)]);
    return { path, diffId };
  } catch {
    return undefined;
  }
}
