import { realpath, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fsyncFolder } from './fsync-folder';
import { namingFullDisk } from './naming-full-disk';
import { writeTemporary } from './write-temporary';

/**
 * Replaces `path` as a whole: after a crash, or on a full disk, it holds the old content or the new, never a part.
 * A symbolic link is followed. Missing parents are made with mode 0700.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Buffer,
  { mode = 0o600 }: { mode?: number } = {},
): Promise<void> {
  const target = await realpath(path).catch(() => path);
  await namingFullDisk(target, () => replace(target, content, mode));
}

async function replace(target: string, content: string | Buffer, mode: number): Promise<void> {
  const temporary = await writeTemporary(target, content, mode);
  try {
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await fsyncFolder(dirname(target));
}
