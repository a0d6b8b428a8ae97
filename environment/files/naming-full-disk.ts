import { missingPrerequisite } from '../../contracts/core/failures';
import { isErrno } from './is-errno';

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
