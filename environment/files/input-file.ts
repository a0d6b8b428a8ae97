import { readFile, stat } from 'node:fs/promises';
import { badInput } from '../../contracts/core/failures';
import { isErrno } from './system';

/** Far above every file that a person writes; a larger one is a mistake in the path. */
const MAX_BYTES = 8 * 1024 * 1024;

/** The bytes of a file that the operator named; `what` says which ("env file"). One that cannot be used is BadInput. */
export async function readInputFile(path: string, what: string): Promise<Buffer> {
  const unusable = (reason: string, cause?: unknown) =>
    badInput(`The ${what} ${path} cannot be read: ${reason}.`, { cause });
  try {
    const file = await stat(path);
    if (file.isDirectory()) throw unusable('it is a directory');
    // a pipe (as of <(command)) would be empty for the second step that reads it, and an idle one blocks for ever
    if (!file.isFile()) throw unusable('it is no regular file; several steps read it, so write it to one');
    if (file.size > MAX_BYTES) throw unusable('it is larger than 8 MiB');
    return await readFile(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw unusable('there is no such file', error);
    if (isErrno(error, 'EACCES', 'EPERM')) throw unusable('no permission', error);
    throw error;
  }
}
