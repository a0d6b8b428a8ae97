import { ApplicationFailure } from '@temporalio/common';
import { readFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { missingPrerequisite, refused } from '../../contracts/core/failures';

/** Whether `error` is the operating system's error with one of these codes (of any realm, as jest makes them). */
export function isErrno(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}

/** What `work` on a file gives; undefined where there is no such file. */
export async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    throw error;
  }
}

/** What keeps a file from being read until somebody changes it; all else may pass. */
const UNREADABLE = {
  EISDIR: 'it is a directory: move it away and run again',
  EACCES: 'no permission: make it yours (chown) and run again',
  EPERM: 'no permission: make it yours (chown) and run again',
  ELOOP: 'its symbolic links lead in a circle: remove one of them or name another directory',
  ENAMETOOLONG: 'the path is too long: name another directory',
};

/** The bytes of a file that we keep; undefined where there is none. One that cannot be read is Refused, by its path. */
export function readKept(path: string): Promise<Buffer | undefined> {
  // at once: a run reads forty of a few hundred bytes, and each would take five turns of the pool of threads
  return new Promise((resolve) => resolve(readAtOnce(path)));
}

function readAtOnce(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return undefined;
    const why = Object.entries(UNREADABLE).find(([code]) => isErrno(error, code))?.[1];
    throw why === undefined ? error : refused(`${path} cannot be read: ${why}.`, { cause: error });
  }
}

/** Names in a folder, what was written longest ago first; none where there is no folder. */
export async function byAge(folder: string, isWanted: (name: string) => boolean): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [] as string[])).filter(isWanted);
  const dated = names.map(async (name) => ({ name, at: (await stat(join(folder, name))).mtimeMs }));
  return (await Promise.all(dated)).sort((a, b) => a.at - b.at).map(({ name }) => name);
}

/** Whether a process of this number runs, whoever's it is. */
export function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return isErrno(error, 'EPERM'); // another user's
  }
}

/** Why the system refused something with a file, in our own words. */
export function systemReason(error: unknown): string {
  if (error instanceof ApplicationFailure) return error.message; // ours
  if (isErrno(error, 'ENOENT', 'ENOTDIR')) return 'there is no such file';
  if (isErrno(error, 'EACCES', 'EPERM')) return 'no permission';
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) return 'the disk is full';
  const { code } = Object(error) as NodeJS.ErrnoException;
  return /^[A-Z0-9_]{1,40}$/.test(code ?? '') ? code! : 'unknown reason';
}

/**
 * Runs `work`; a full disk becomes a failure that names the file and what to do, since waiting empties none. `path` is the
 * file where the system's own error does not tell.
 */
export async function namingFullDisk<T>(path: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isErrno(error, 'ENOSPC', 'EDQUOT')) throw error;
    throw missingPrerequisite(
      `${path ?? error.path ?? 'A file'} cannot be written: its disk is full (${error.code}). What was there before is unchanged. Free some space there and run again.`,
      { cause: error },
    );
  }
}

const READ_ONLY =
  'its file system is read-only (EROFS). Where systemd runs the worker, that writes to its state directory only: allow it the folder by ReadWritePaths= (systemctl edit onex-bootstrap), restart it and run again.';
const NO_PERMISSION =
  'the user that runs this has no permission. Make it that user’s (chown), or name another one, and run again.';

/** The same of a read-only file system; and, where `path` says what is written, of a lack of permission. */
export async function namingUnwritable<T>(path: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await namingFullDisk(path, work);
  } catch (error) {
    const isRefused = path !== undefined && isErrno(error, 'EACCES', 'EPERM');
    if (!isRefused && !isErrno(error, 'EROFS')) throw error;
    const why = isRefused ? NO_PERMISSION : READ_ONLY;
    throw missingPrerequisite(`${path ?? error.path ?? 'A file'} cannot be written: ${why}`, {
      cause: error,
    });
  }
}
