import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbandoned } from './atomic';
import { releaseAbandoned } from './locks';
import { isAlive } from './system';

/** Parts of images and programs: large, and no state. */
const SKIPPED = ['cache', 'tools'];

/**
 * Removes what killed processes left below `folder`: temporary files, which may hold a secret, and locks. Their next
 * writer would do so too, but some files are written only once.
 */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    const taker = /\.lock\.(\d+)-[0-9a-f-]{36}$/.exec(entry.name)?.[1];
    if (entry.isDirectory()) {
      if (!SKIPPED.includes(entry.name)) await removeLeftovers(path);
    } else if (entry.name.endsWith('.lock')) {
      await releaseAbandoned(path);
    } else if (
      taker !== undefined
        ? !isAlive(Number(taker))
        : /^\..*\.tmp$/.test(entry.name) && (await isAbandoned(path))
    ) {
      await rm(path, { force: true });
    }
  }
}
