import { link, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fsyncFolder } from './fsync-folder';
import { isErrno } from './is-errno';
import { writeTemporary } from './write-temporary';

/**
 * Writes `path` unless it is there, and returns what is stored then: the content given, or that of whoever was
 * first. The file appears complete and durable, and is never overwritten.
 */
export async function createFileOnce(path: string, content: string, mode = 0o600): Promise<string> {
  const temporary = await writeTemporary(path, content, mode);
  try {
    // unlike rename, link fails where the name is taken
    await link(temporary, path);
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) throw error;
  } finally {
    await rm(temporary, { force: true });
  }
  await fsyncFolder(dirname(path));
  return readFile(path, 'utf8');
}
