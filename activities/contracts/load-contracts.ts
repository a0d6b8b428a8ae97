import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { decodeUtf8 } from '../../contracts/core/text-file';
import { parseContract, unusable, type ContractFile } from '../../contracts/node-contract/contract';
import { MAX_YAML_BYTES } from '../../contracts/node-contract/yaml';
import { findContractFiles } from './find-contract-files';

// A run reads the same contracts in several steps; parsing a hundred of them takes half a second.
const parsed = new Map<string, { digest: string; contract: ContractFile }>();

/** Reads all contracts below `paths`, in path order; what cannot be read is an entry with a problem. Never throws. */
export async function loadContracts(paths: readonly string[]): Promise<ContractFile[]> {
  const contracts: ContractFile[] = [];
  for (const { path, problem } of await findContractFiles(paths)) {
    contracts.push(problem === undefined ? await load(path) : unusable(path, [{ message: problem }]));
  }
  return contracts;
}

async function load(path: string): Promise<ContractFile> {
  try {
    const stats = await stat(path);
    // A pipe or device would block or never end.
    if (!stats.isFile()) return unusable(path, [{ message: `Cannot read ${path}: it is not a file` }]);
    if (stats.size > MAX_YAML_BYTES) {
      return unusable(path, [{ message: `Failed to parse ${path}: larger than 1 MiB, which is the limit` }]);
    }
    const bytes = await readFile(path);
    const digest = createHash('sha256').update(bytes).digest('hex');
    const known = parsed.get(path);
    if (known?.digest === digest) return known.contract;
    const contract = parse(path, bytes);
    parsed.set(path, { digest, contract });
    return contract;
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return unusable(path, [{ message: `Cannot read ${path}: ${detail}` }]);
  }
}

function parse(path: string, bytes: Buffer): ContractFile {
  const { text, badLines } = decodeUtf8(bytes);
  const [line] = badLines;
  if (line === undefined) return parseContract(path, text);
  return unusable(path, [{ message: `Failed to parse ${path}: not UTF-8`, line }]);
}
