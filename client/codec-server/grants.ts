import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { makeFolder, writeFileAtomic } from '../../environment/files/atomic';
import { readStateFile, STATE_VERSION } from '../../environment/files/state-file';
import { withLock } from '../../environment/files/locks';
import { Secret } from '../../contracts/core/secret';
import { newToken } from './access-token';

const NAME = 'grants.json';
const grantSchema = z.strictObject({
  name: z.string(),
  sha256: z.string().length(64),
  expires: z.iso.datetime(),
});
const fileSchema = z.strictObject({ version: z.literal(STATE_VERSION), grants: z.array(grantSchema) });
const EXPIRED_STAY_MS = 7 * 86_400_000; // so that a late request is told which grant has ended

/** Who may open sealed Secrets, and until when. The token itself is kept nowhere. */
export type Grant = z.infer<typeof grantSchema>;

/** Every grant of the codec server in `dir`, also those that ended in the last days. */
export async function readGrants(dir: string): Promise<Grant[]> {
  return (await readStateFile(dir, NAME, fileSchema))?.grants ?? [];
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
    await writeFileAtomic(join(dir, NAME), JSON.stringify({ version: STATE_VERSION, grants }));
  });
  return { token: new Secret(token), expires };
}

/** What is compared and stored in place of a token. */
export const digestOf = (token: string): Buffer => createHash('sha256').update(token).digest();
