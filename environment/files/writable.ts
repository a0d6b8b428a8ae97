import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { missingPrerequisite } from '../../contracts/core/failures';
import { fsyncFolder, makeFolder, writeTemporary } from './atomic';
import { isErrno, systemReason } from './system';

/** As large as all state files together: a disk with less room fails here, not half-way. */
const PROOF_BYTES = 64 * 1024;

/** Proves, by doing it, that files in `folder` can be written and made durable; throws a terminal failure if not. */
export async function assertWritable(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    const proof = join(folder, `writable-${randomBytes(4).toString('hex')}`);
    const temporary = await writeTemporary(proof, Buffer.alloc(PROOF_BYTES), 0o600);
    await rm(temporary);
    await fsyncFolder(folder);
  } catch (error) {
    throw missingPrerequisite(`The directory ${folder} cannot be written: ${reason(error)}`, {
      cause: error,
    });
  }
}

/** A place that can be no folder, whoever looks at it, is said before anything is asked of it; one that is not there may be made. */
export function assertNoFile(stateRoot: string): void {
  const refuse = (why: string, cause?: unknown) =>
    missingPrerequisite(`The state directory ${stateRoot} cannot be used: ${why}`, { cause });
  try {
    if (!statSync(stateRoot).isDirectory()) throw refuse(IN_THE_WAY);
  } catch (error) {
    if (isErrno(error, 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG')) throw refuse(reason(error), error);
    if (!isErrno(error, 'ENOENT', 'EACCES')) throw error;
  }
}

const IN_THE_WAY =
  'a file stands in its place. Remove that file or name another directory with ONEX_STATE_DIR.';

function reason(error: unknown): string {
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) return 'the disk is full. Free some space there and run again.';
  if (isErrno(error, 'EROFS'))
    return 'it is on a read-only file system. Name another one with ONEX_STATE_DIR.';
  if (isErrno(error, 'EACCES', 'EPERM'))
    return 'no permission. Make it yours (chown) or name another one with ONEX_STATE_DIR.';
  if (isErrno(error, 'ENOTDIR', 'EEXIST')) return IN_THE_WAY;
  if (isErrno(error, 'ELOOP'))
    return 'its symbolic links lead in a circle. Name another directory with ONEX_STATE_DIR.';
  if (isErrno(error, 'ENAMETOOLONG'))
    return 'its path is too long. Name another directory with ONEX_STATE_DIR.';
  if (isErrno(error, 'ENOENT')) return 'no folder can be made there. Name another one with ONEX_STATE_DIR.';
  return `${systemReason(error)}. Name another one with ONEX_STATE_DIR.`;
}
