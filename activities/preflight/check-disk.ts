import type { ApplicationFailure } from '@temporalio/common';
import { statfs } from 'node:fs/promises';
import { missingPrerequisite } from '../../contracts/core/failures';

const MIB = 1024 * 1024;

/** All state files together stay below 1 MiB; plans, logs and the histories of an embedded Temporal grow. */
export const STATE_NEEDS = 16 * MIB;
/** Postgres stops for good when it cannot write its log: far from there is where to stop. */
export const DATA_NEEDS = 512 * MIB;

/** What speaks against a folder's disk: fewer than `needs` bytes free. Nothing where it cannot be asked. */
export async function checkDisk(folder: string, what: string, needs: number): Promise<ApplicationFailure[]> {
  const disk = await statfs(folder).catch(() => undefined);
  if (disk === undefined) return [];
  const free = disk.bavail * disk.bsize;
  if (free >= needs) return [];
  return [
    missingPrerequisite(
      `The disk of ${what} (${folder}) has ${Math.floor(free / MIB)} MiB free, and ${needs / MIB} are needed. Free some space there and run again.`,
    ),
  ];
}
