import { readFileSync, statSync, type Stats } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { badInput } from '../../contracts/core/failures';
import { foreignEncoding } from '../../contracts/core/text-file';
import { systemReason } from './system';

/** Far above every file that a person writes; a larger one is a mistake in the path. */
const MAX_BYTES = 8 * 1024 * 1024;

/** The bytes of a text file that the operator named; `what` says which ("env file"). One that cannot be used is BadInput. */
export async function readInputFile(path: string, what: string): Promise<Buffer> {
  try {
    assertUsable(await stat(path));
    return assertText(await readFile(path));
  } catch (error) {
    throw unusable(path, what, error);
  }
}

/** The same for an entry point, which reads one before anything else runs. */
export function readInputFileSync(path: string, what: string): Buffer {
  try {
    assertUsable(statSync(path));
    return assertText(readFileSync(path));
  } catch (error) {
    throw unusable(path, what, error);
  }
}

/** Whether a file is there; a folder of that name is none. */
export function isFile(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false; // below a file, below a folder that is closed: nothing that we could read
  }
}

/** Why a file cannot be used; its reader adds which one it is. */
class Unusable extends Error {}

function assertUsable(file: Stats): void {
  if (file.isDirectory()) throw new Unusable('it is a directory');
  // a pipe (as of <(command)) would be empty for the second step that reads it, and an idle one blocks for ever
  if (!file.isFile()) throw new Unusable('it is no regular file; several steps read it, so write it to one');
  if (file.size > MAX_BYTES) throw new Unusable('it is larger than 8 MiB');
}

function assertText(bytes: Buffer): Buffer {
  const encoding = foreignEncoding(bytes);
  if (encoding !== undefined) throw new Unusable(`it is ${encoding}: save it as UTF-8`);
  return bytes;
}

function unusable(path: string, what: string, cause: unknown): Error {
  return badInput(`The ${what} ${path} cannot be read: ${reason(cause)}.`, { cause });
}

function reason(error: unknown): string {
  return error instanceof Unusable ? error.message : systemReason(error);
}
