import { createHash } from 'node:crypto';
import { existsSync, type Dirent } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import Piscina from 'piscina';
import { inParallel } from '../contracts/core/in-parallel';
import { isContractName, unusable, type ContractFile } from '../contracts/node-contract/contract';
import { MAX_YAML_BYTES } from '../contracts/node-contract/yaml';
import { systemReason } from './files/system';
import { parseBatch, type RawContract } from './parse-batch';

const WORKER = path.join(__dirname, 'parse-batch.js');
const BATCH = 100; // some 100 ms of parsing: what a thread costs is little beside it
const READS_AT_ONCE = 16;
const IDLE_MS = 5_000;

/** A path that cannot be searched and why, or a file. `path` is the argument joined with what lies below it. */
interface FoundFile {
  path: string;
  problem?: string;
}

/**
 * Reads contracts. One that was parsed is not parsed again while its bytes are the same; many are parsed in threads of
 * their own, so that heartbeats and cancellation never wait for them.
 */
export class ContractReader {
  readonly #known = new Map<string, { digest: string; contract: ContractFile }>();

  /** All contracts below `paths`, by path; what cannot be read is an entry with a problem. Never throws. */
  async read(paths: readonly string[]): Promise<ContractFile[]> {
    const found = await findContractFiles(paths);
    const contracts = new Map<string, ContractFile>();
    const unparsed: (RawContract & { digest: string })[] = [];
    const read = await inParallel(found, READS_AT_ONCE, async ({ path: place, problem }) => ({
      place,
      raw: problem === undefined ? await readContract(place) : unusable(place, [{ message: problem }]),
    }));
    for (const { place, raw } of read) {
      if ('requirements' in raw) contracts.set(place, raw);
      else {
        const known = this.#known.get(place);
        if (known?.digest === raw.digest) contracts.set(place, known.contract);
        else unparsed.push(raw);
      }
    }
    const digests = new Map(unparsed.map(({ path: place, digest }) => [place, digest]));
    for (const contract of await parseAll(unparsed)) {
      contracts.set(contract.path, contract);
      this.#known.set(contract.path, { digest: digests.get(contract.path) ?? '', contract });
    }
    return found.flatMap(({ path: place }) => contracts.get(place) ?? []);
  }
}

async function parseAll(unparsed: readonly RawContract[]): Promise<ContractFile[]> {
  // compiled code only: tests run the sources, which no thread can load
  if (unparsed.length <= BATCH || !existsSync(WORKER)) return parseBatch(unparsed);
  const pool = new Piscina({ filename: WORKER, minThreads: 1, maxThreads: 2, idleTimeout: IDLE_MS });
  try {
    const batches: Promise<ContractFile[]>[] = [];
    for (let at = 0; at < unparsed.length; at += BATCH) {
      batches.push(
        pool.run(unparsed.slice(at, at + BATCH), { name: 'parseBatch' }) as Promise<ContractFile[]>,
      );
    }
    return (await Promise.all(batches)).flat();
  } finally {
    await pool.destroy();
  }
}

async function readContract(place: string): Promise<ContractFile | (RawContract & { digest: string })> {
  try {
    const stats = await stat(place);
    // A pipe or device would block or never end.
    if (!stats.isFile()) return unusable(place, [{ message: `Cannot read ${place}: it is not a file` }]);
    if (stats.size > MAX_YAML_BYTES)
      return unusable(place, [
        { message: `Failed to parse ${place}: larger than 1 MiB, which is the limit` },
      ]);
    const bytes = await readFile(place);
    return { path: place, bytes, digest: createHash('sha256').update(bytes).digest('hex') };
  } catch (error) {
    return unusable(place, [{ message: `Cannot read ${place}: ${systemReason(error)}` }]);
  }
}

/**
 * Contract files below `paths`, sorted by path components, each once. A directory is searched through (symlinked
 * files count, symlinked directories are not entered); a file is taken whatever its name.
 */
async function findContractFiles(paths: readonly string[]): Promise<FoundFile[]> {
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
  const found = entries.map(async (entry): Promise<FoundFile[]> => {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) return walk(place);
    const isContract = isContractName(entry.name) && !(entry.isSymbolicLink() && (await isDirectory(place)));
    return isContract ? [{ path: place }] : [];
  });
  return (await Promise.all(found)).flat();
}

const isDirectory = (place: string) =>
  stat(place).then(
    (stats) => stats.isDirectory(),
    () => false,
  );

const cannot = (place: string, error: unknown) => `Cannot search ${place}: ${systemReason(error)}`;

/** By folder, not by character: "a/x" stands before "a-b/x". */
function byComponents(one: string, other: string): number {
  const [a, b] = [one.split(path.sep), other.split(path.sep)];
  const at = a.findIndex((part, index) => part !== b[index]);
  const [left, right] = [a[at], b[at]];
  if (left === undefined || right === undefined) return a.length - b.length;
  return left < right ? -1 : 1;
}
