import { randomBytes } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from './make-folder';

/** A temporary file of this age belongs to a process that was killed. */
const ABANDONED_AFTER_MS = 60_000;

/**
 * Writes `content` to a new, fsynced file beside `path` and returns its name. Missing parents are made with mode
 * 0700. What a killed writer of the same file left behind is removed, since it may hold a secret.
 */
export async function writeTemporary(path: string, content: string | Buffer, mode: number): Promise<string> {
  const folder = dirname(path);
  await makeFolder(folder);
  await removeAbandoned(folder, basename(path));
  const temporary = join(folder, `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  const handle = await open(temporary, 'wx', mode);
  try {
    // open() is subject to the umask
    await handle.chmod(mode);
    await handle.writeFile(content);
    await handle.sync();
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
  return temporary;
}

async function removeAbandoned(folder: string, name: string): Promise<void> {
  const leftovers = (await readdir(folder)).filter(
    (entry) => entry.startsWith(`.${name}.`) && entry.endsWith('.tmp'),
  );
  for (const entry of leftovers) {
    const path = join(folder, entry);
    const age = await stat(path).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_AFTER_MS) await rm(path, { force: true });
  }
}
