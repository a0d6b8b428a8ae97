import { readFile } from 'node:fs/promises';
import { Secret } from '../../contracts/core/secret';
import { isErrno } from './is-errno';

/** The content of a file without its last line break; undefined where there is no such file. */
export async function readSecretFile(path: string): Promise<Secret | undefined> {
  try {
    return new Secret((await readFile(path, 'utf8')).replace(/\r?\n$/, ''));
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}
