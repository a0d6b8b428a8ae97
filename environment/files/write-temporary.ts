import { randomBytes } from 'node:crypto';
import { open, readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAlive } from './is-alive';
import { makeFolder } from './make-folder';

/** A temporary file of this age belongs to nobody, even if its process number was given to another one. */
const ABANDONED_AFTER_MS = 60_000;

/**
 * Writes `content` to a new, fsynced file beside `path` and returns its name. Missing parents are made with mode
 * 0700. What a killed writer of the same file left behind is removed, since it may hold a secret.
 */
export async function writeTemporary(path: string, content: string | Buffer, mode: number): Promise<string> {
  const folder = dirname(path);
  await makeFolder(folder);
  await removeAbandoned(folder, basename(path));
  const temporary = join(folder, `.${basename(path)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);
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
    if (await isAbandoned(path)) await rm(path, { force: true });
  }
}

/** Whether the writer of a temporary file was killed. Names without a process number are those of older releases. */
export async function isAbandoned(path: string): Promise<boolean> {
  const writer = /\.(\d+)-[0-9a-f]{12}\.tmp$/.exec(path)?.[1];
  if (writer !== undefined && !isAlive(Number(writer))) return true;
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );
  return age > ABANDONED_AFTER_MS;
}
