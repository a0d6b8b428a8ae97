import { parseContract, unusable, type ContractFile } from '../contracts/node-contract/contract';
import { decodeUtf8, foreignEncoding } from '../contracts/core/text-file';

/** A contract as it was read. */
export interface RawContract {
  path: string;
  bytes: Uint8Array;
}

/** Parses contracts; runs in a thread of its own where there are many (contract-reader.ts). */
export function parseBatch(files: readonly RawContract[]): ContractFile[] {
  return files.map(({ path, bytes }) => {
    const encoding = foreignEncoding(bytes);
    if (encoding !== undefined)
      return unusable(path, [{ message: `Failed to parse ${path}: it is ${encoding}, save it as UTF-8` }]);
    const { text, badLines } = decodeUtf8(Buffer.from(bytes));
    const [line] = badLines;
    if (line === undefined) return parseContract(path, text);
    return unusable(path, [{ message: `Failed to parse ${path}: not UTF-8`, line }]);
  });
}
