import { lstat, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import { refused } from '../../contracts/core/failures';
import { makeFolder } from './atomic';

const [OTHERS_ENTER, OTHERS_WRITE, STICKY] = [0o077, 0o002, 0o1000];

const us = () => process.getuid?.() ?? 0;

/**
 * Makes a folder for what is secret, mode 0700. One that is not ours alone is Refused: a link, another user's, one that
 * others may enter, or one that anybody could put something else in the place of.
 */
export async function ownFolder(path: string): Promise<void> {
  const fault = await makeFolder(path).then(
    () => notOurs(path),
    (error: unknown) => notOurs(path).catch(() => Promise.reject(error as Error)),
  );
  if (fault !== undefined) throw refused(`${path} cannot hold secrets: ${fault}`);
}

/** Why a folder is not ours alone, and what to do; undefined for one that is. */
async function notOurs(path: string): Promise<string | undefined> {
  const found = await lstat(path);
  if (found.isSymbolicLink()) return 'it is a symbolic link. Remove it, or name the folder that it leads to.';
  if (!found.isDirectory()) return 'it is no folder. Move it away.';
  if (found.uid !== us())
    return us() === 0
      ? `it belongs to the user ${found.uid}, and we are root. Run this as that user: sudo -u '#${found.uid}' … Or name another folder.`
      : `it belongs to the user ${found.uid}, and we are ${us()}. Name another folder, or make it yours: chown -R ${us()} ${path}`;
  if ((found.mode & OTHERS_ENTER) !== 0)
    return `others may enter it (mode ${octal(found.mode)}). To close it: chmod 700 ${path}`;
  const real = await realpath(path);
  return (await replaceable(path)) ?? (real === path ? undefined : await replaceable(real));
}

/** Whether somebody else could put another folder in the place of this one, by a folder above it. */
async function replaceable(path: string): Promise<string | undefined> {
  const parent = dirname(path);
  if (parent === path) return undefined;
  const [above, own] = await Promise.all([lstat(parent), lstat(path)]);
  if ((above.mode & OTHERS_WRITE) !== 0 && !above.isSymbolicLink()) {
    if ((above.mode & STICKY) === 0)
      return `anybody may replace what is in ${parent} (mode ${octal(above.mode)}). Name a folder elsewhere.`;
    if (own.uid !== us() && own.uid !== 0)
      return `${path} belongs to the user ${own.uid}, who may replace it. Name a folder elsewhere.`;
  }
  return replaceable(parent);
}

const octal = (mode: number) => `0${(mode & 0o1777).toString(8)}`;
