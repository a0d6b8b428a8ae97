import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isErrno } from '../../activities/files/is-errno';
import { makeFolder } from '../../activities/files/make-folder';
import { withLock } from '../../activities/files/with-lock';
import { writeFileAtomic } from '../../activities/files/write-file-atomic';
import { badInput } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { newToken } from './access-token';

const grantSchema = z.strictObject({
  name: z.string(),
  sha256: z.string().length(64),
  expires: z.iso.datetime(),
});
const EXPIRED_STAY_MS = 7 * 86_400_000; // so that a late request is told which grant has ended

/** Who may open sealed Secrets, and until when. The token itself is kept nowhere. */
export type Grant = z.infer<typeof grantSchema>;

/** Every grant of the codec server in `dir`, also those that ended in the last days. */
export async function readGrants(dir: string): Promise<Grant[]> {
  const path = grantsFile(dir);
  try {
    return z.array(grantSchema).parse(JSON.parse(await readFile(path, 'utf8')));
  } catch (cause) {
    if (isErrno(cause, 'ENOENT')) return [];
    if (isErrno(cause, 'EACCES', 'EPERM', 'EISDIR')) throw badInput(`${path} cannot be read.`, { cause });
    throw badInput(`${path} is damaged. Delete it and give the grants again.`, { cause });
  }
}

/** A new grant under a name, in place of an older one of that name; the token is returned this once. */
export async function addGrant(
  dir: string,
  name: string,
  minutes: number,
): Promise<{ token: Secret; expires: string }> {
  const token = newToken();
  const expires = new Date(Date.now() + minutes * 60_000).toISOString();
  await makeFolder(dir);
  await withLock(join(dir, 'grants.lock'), async () => {
    const kept = (await readGrants(dir)).filter(
      (grant) => grant.name !== name && Date.parse(grant.expires) > Date.now() - EXPIRED_STAY_MS,
    );
    const grants = [...kept, { name, sha256: digestOf(token).toString('hex'), expires }];
    await writeFileAtomic(grantsFile(dir), JSON.stringify(grants, null, 2));
  });
  return { token: new Secret(token), expires };
}

/** What is compared and stored in place of a token. */
export const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();

const grantsFile = (dir: string) => join(dir, 'grants.json');
