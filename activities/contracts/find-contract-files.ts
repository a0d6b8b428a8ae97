import type { Dirent } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { isContractName } from '../../contracts/node-contract/contract';

/** A file to read, or a path that cannot be searched and why. `path` is the argument joined with what lies below it. */
interface FoundFile {
  path: string;
  problem?: string;
}

/**
 * Contract files below `paths`, sorted by path components, each once. A directory is searched through (symlinked
 * files count, symlinked directories are not entered); a file is taken whatever its name. Never throws.
 */
export async function findContractFiles(paths: readonly string[]): Promise<FoundFile[]> {
  const found = (await Promise.all(paths.map(search))).flat();
  const distinct = new Map<string, FoundFile>();
  for (const file of found) {
    const place = path.resolve(file.path);
    if (!distinct.has(place)) distinct.set(place, file);
  }
  return [...distinct.values()].sort((a, b) => byComponents(a.path, b.path));
}

async function search(argument: string): Promise<FoundFile[]> {
  const place = path.join(argument);
  try {
    return (await stat(place)).isDirectory() ? await walk(place) : [{ path: place }];
  } catch (error) {
    const absent = (error as NodeJS.ErrnoException).code === 'ENOENT';
    return [{ path: place, problem: absent ? `Path does not exist: ${argument}` : cannot(argument, error) }];
  }
}

async function walk(folder: string): Promise<FoundFile[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    return [{ path: folder, problem: cannot(folder, error) }];
  }
  const found: FoundFile[] = [];
  for (const entry of entries) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await walk(place)));
    else if (isContractName(entry.name) && !(entry.isSymbolicLink() && (await isDirectory(place)))) {
      found.push({ path: place });
    }
  }
  return found;
}

const isDirectory = (place: string) =>
  stat(place).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

const cannot = (place: string, error: unknown) =>
  `Cannot search ${place}: ${error instanceof Error ? error.message : String(error)}`;

/** By folder, not by character: "a/x" stands before "a-b/x". */
function byComponents(one: string, other: string): number {
  const [a, b] = [one.split(path.sep), other.split(path.sep)];
  const at = a.findIndex((part, index) => part !== b[index]);
  const [left, right] = [a[at], b[at]];
  if (left === undefined || right === undefined) return a.length - b.length;
  return left < right ? -1 : 1;
}
