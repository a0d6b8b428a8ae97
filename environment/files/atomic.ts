import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { inParallel } from '../../contracts/core/in-parallel';
import { ifThere, isAlive, isErrno, namingFullDisk } from './system';

/** So many files of a folder are read or written at once: their fsyncs share the disk's turns. */
export const FILES_AT_ONCE = 8;

/** A temporary file of this age belongs to nobody, even if its process number was given to another one. */
const ABANDONED_AFTER_MS = 60_000;

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
  await namingFullDisk(target, async () => {
    await replace(target, await writeTemporary(target, content, mode));
    await fsyncFolder(dirname(target));
  });
}

async function replace(target: string, temporary: string): Promise<void> {
  try {
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/**
 * Replaces many files of one folder, by their names, each as a whole as `writeFileAtomic` does. What killed writers left there
 * is looked for once, and the names are made durable once, so that the time grows with the files and not with their square.
 */
export async function writeFilesAtomic<File extends { name: string }>(
  folder: string,
  files: readonly File[],
  contentOf: (file: File) => string,
  { mode = 0o600 }: { mode?: number } = {},
): Promise<void> {
  if (files.length === 0) return;
  await makeFolder(folder);
  const names = new Set(files.map(({ name }) => name));
  await removeAbandoned(folder, (name) => names.has(name));
  await inParallel(files, FILES_AT_ONCE, (file) => {
    const path = join(folder, file.name);
    return namingFullDisk(path, async () =>
      replace(path, await writeNew(temporaryOf(path), contentOf(file), mode)),
    );
  });
  await fsyncFolder(folder);
}

/**
 * Writes `path` unless it is there, and returns what is stored then: the content given, or that of whoever was
 * first. The file appears complete and durable, and is never overwritten.
 */
export async function createFileOnce(path: string, content: string, mode = 0o600): Promise<string> {
  const found = await ifThere(readFile(path, 'utf8'));
  if (found !== undefined) {
    await fsyncFolder(dirname(path)); // whoever was first may have been killed before it did
    return found;
  }
  await namingFullDisk(path, async () => {
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
  });
  return readFile(path, 'utf8');
}

/**
 * Writes `content` to a new, fsynced file beside `path` and returns its name. Missing parents are made with mode
 * 0700. What a killed writer of the same file left behind is removed, since it may hold a secret.
 */
export async function writeTemporary(path: string, content: string | Buffer, mode: number): Promise<string> {
  return writeNew(await temporaryBeside(dirname(path), basename(path)), content, mode);
}

async function writeNew(temporary: string, content: string | Buffer, mode: number): Promise<string> {
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

/** A name for a new temporary file of `name` in a folder, which is made; those that killed writers of it left are removed. */
export async function temporaryBeside(folder: string, name: string): Promise<string> {
  await makeFolder(folder);
  await removeAbandoned(folder, (other) => other === name);
  return temporaryOf(join(folder, name));
}

const temporaryOf = (path: string) =>
  join(dirname(path), `.${basename(path)}.${process.pid}-${randomBytes(6).toString('hex')}.tmp`);

async function removeAbandoned(folder: string, isOurs: (name: string) => boolean): Promise<void> {
  for (const entry of await readdir(folder)) {
    const name = /^\.(.+)\.[^.]*\.tmp$/.exec(entry)?.[1];
    if (name === undefined || !isOurs(name)) continue;
    const path = join(folder, entry);
    if (await isAbandoned(path)) await rm(path, { force: true });
  }
}

/** Whether the writer of a temporary file was killed. */
export async function isAbandoned(path: string): Promise<boolean> {
  const writer = /\.(\d+)-[0-9a-f]{12}\.tmp$/.exec(path)?.[1];
  if (writer !== undefined && !isAlive(Number(writer))) return true;
  return (await ageOf(path)) > ABANDONED_AFTER_MS;
}

/** Milliseconds since the file was written; 0 where it is gone. */
export const ageOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  );

/** Makes renames and links inside `folder` survive a power cut. */
export async function fsyncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes the folder and its missing parents, mode 0700. Node's own `recursive` never ends where the parent refuses (/proc). */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 });
  } catch (error) {
    if (isErrno(error, 'EEXIST') && (await isFolder(path))) return;
    if (!isErrno(error, 'ENOENT') || (await isFolder(dirname(path)))) throw error;
    await makeFolder(dirname(path));
    await makeFolder(path);
  }
}

const isFolder = (path: string) =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
