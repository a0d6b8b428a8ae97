import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';
import { createFileOnce, makeFolder, writeFileAtomic } from '../../environment/files/atomic';
import { withLock } from '../../environment/files/locks';
import { readSecretFile, readStateFile, STATE_VERSION } from '../../environment/files/state-file';

const GRANTS = 'grants.json';
const TOKEN_BYTES = 32;
const EXPIRED_STAY_MS = 7 * 86_400_000; // so that a late request is told which grant has ended
const grantSchema = z.strictObject({
  name: z.string(),
  sha256: z.string().length(64),
  expires: z.iso.datetime(),
});
const fileSchema = z.strictObject({ version: z.literal(STATE_VERSION), grants: z.array(grantSchema) });

/** Who may open sealed Secrets, and until when. The token itself is kept nowhere. */
export type Grant = z.infer<typeof grantSchema>;

/** Whom a token stands for: `token` is the codec server's own, which may seal only. */
export type Caller =
  | { kind: 'unknown' | 'token' }
  | { kind: 'grant'; name: string }
  | { kind: 'expired'; name: string; expires: string };

/** Where the token is that may seal, and may not open. */
export const accessTokenFile = (dir: string) => join(dir, 'access-token');

/** The codec server's own token, made on first use and kept 0600. */
export async function ensureAccessToken(dir: string): Promise<Secret> {
  const path = accessTokenFile(dir);
  return (await readSecretFile(path)) ?? new Secret(await createFileOnce(path, newToken()));
}

/** Every grant of the codec server in `dir`, also those that ended in the last days. */
export async function readGrants(dir: string): Promise<Grant[]> {
  return (await readStateFile(dir, GRANTS, fileSchema))?.grants ?? [];
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
    await writeFileAtomic(join(dir, GRANTS), JSON.stringify({ version: STATE_VERSION, grants }));
  });
  return { token: new Secret(token), expires };
}

/** Looks a token up; comparisons take the same time for every token. */
export async function identifyCaller(dir: string, token: string | undefined): Promise<Caller> {
  if (token === undefined) return { kind: 'unknown' };
  const given = digestOf(token);
  const own = await ensureAccessToken(dir);
  if (timingSafeEqual(given, digestOf(own.reveal()))) return { kind: 'token' };
  const grants = await readGrants(dir);
  const grant = grants.find(({ sha256 }) => timingSafeEqual(given, Buffer.from(sha256, 'hex')));
  if (grant === undefined) return { kind: 'unknown' };
  const { name, expires } = grant;
  return Date.parse(expires) > Date.now() ? { kind: 'grant', name } : { kind: 'expired', name, expires };
}

/** Nobody can guess it; safe in URLs and headers. */
const newToken = () => randomBytes(TOKEN_BYTES).toString('base64url');

const digestOf = (token: string) => createHash('sha256').update(token).digest();
