import { link, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fsyncFolder } from './fsync-folder';
import { isErrno } from './is-errno';
import { namingFullDisk } from './naming-full-disk';
import { writeTemporary } from './write-temporary';

/**
 * Writes `path` unless it is there, and returns what is stored then: the content given, or that of whoever was
 * first. The file appears complete and durable, and is never overwritten.
 */
export async function createFileOnce(path: string, content: string, mode = 0o600): Promise<string> {
  await namingFullDisk(path, () => createUnlessThere(path, content, mode));
  return readFile(path, 'utf8');
}

async function createUnlessThere(path: string, content: string, mode: number): Promise<void> {
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
}
