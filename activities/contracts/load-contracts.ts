import { readFile, stat } from 'node:fs/promises';
import type { ContractFile } from '../../contracts/read/contract-file';
import { parseContract } from '../../contracts/read/parse-contract';
import type { Problem } from '../../contracts/read/problem';
import { MAX_YAML_BYTES } from '../../contracts/read/read-yaml';
import { decodeUtf8 } from '../../contracts/values/decode-utf8';
import { findContractFiles } from './find-contract-files';

/** Reads all contracts below `paths`, in path order; what cannot be read is an entry with a problem. Never throws. */
export async function loadContracts(paths: readonly string[]): Promise<ContractFile[]> {
  const contracts: ContractFile[] = [];
  for (const { path, problem } of await findContractFiles(paths)) {
    contracts.push(problem === undefined ? await load(path) : unread(path, { message: problem }));
  }
  return contracts;
}

async function load(path: string): Promise<ContractFile> {
  try {
    const stats = await stat(path);
    // A pipe or device would block or never end.
    if (!stats.isFile()) return unread(path, { message: `Cannot read ${path}: it is not a file` });
    if (stats.size > MAX_YAML_BYTES) {
      return unread(path, { message: `Failed to parse ${path}: larger than 1 MiB, which is the limit` });
    }
    const { text, badLines } = decodeUtf8(await readFile(path));
    const [line] = badLines;
    if (line === undefined) return parseContract(path, text);
    return unread(path, { message: `Failed to parse ${path}: not UTF-8`, line });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return unread(path, { message: `Cannot read ${path}: ${detail}` });
  }
}

const unread = (path: string, problem: Problem): ContractFile => ({
  path,
  transports: [],
  requirements: [],
  problems: [problem],
});
