import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { present } from '../../contracts/core/record';
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
  revoked: z.iso.datetime().optional(),
  /** What it opens: all of it where nothing is said. */
  namespace: z.string().optional(),
  /** A workflow id, in which `*` stands for any characters. */
  workflow: z.string().optional(),
});
const fileSchema = z.strictObject({ version: z.literal(STATE_VERSION), grants: z.array(grantSchema) });

/** Who may open sealed Secrets, of what, and until when. The token itself is kept nowhere. */
export type Grant = z.infer<typeof grantSchema>;

export type Scope = Pick<Grant, 'namespace' | 'workflow'>;

/** Whom a token stands for: `token` is the codec server's own, which may seal only. */
export type Caller =
  | { kind: 'unknown' | 'token' }
  | { kind: 'grant'; name: string; scope: Scope }
  | { kind: 'ended'; name: string; how: string };

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
  scope: Scope = {},
): Promise<{ token: Secret; expires: string }> {
  const token = newToken();
  const expires = new Date(Date.now() + minutes * 60_000).toISOString();
  const grant = { name, sha256: digestOf(token).toString('hex'), expires, ...scope };
  await changeGrants(dir, (grants) => [...grants.filter((other) => other.name !== name), grant]);
  return { token: new Secret(token), expires };
}

/** Ends the grant of this name at once. False where it has none that lasts; `others` are the names of those that do. */
export async function revokeGrant(
  dir: string,
  name: string,
): Promise<{ revoked: boolean; others: string[] }> {
  const now = new Date().toISOString();
  let revoked = false;
  let others: string[] = [];
  await changeGrants(dir, (grants) => {
    const lasting = grants.filter((grant) => howEnded(grant) === undefined).map((grant) => grant.name);
    revoked = lasting.includes(name);
    others = lasting.filter((other) => other !== name);
    return grants.map((grant) => (revoked && grant.name === name ? { ...grant, revoked: now } : grant));
  });
  return { revoked, others };
}

async function changeGrants(dir: string, change: (grants: Grant[]) => Grant[]): Promise<void> {
  await makeFolder(dir);
  await withLock(join(dir, 'grants.lock'), async () => {
    const known = await readGrants(dir);
    const grants = change(known).filter(({ expires }) => Date.parse(expires) > Date.now() - EXPIRED_STAY_MS);
    await writeFileAtomic(join(dir, GRANTS), JSON.stringify({ version: STATE_VERSION, grants }));
  });
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
  const { name, namespace, workflow } = grant;
  const how = howEnded(grant);
  if (how !== undefined) return { kind: 'ended', name, how };
  return { kind: 'grant', name, scope: present({ namespace, workflow }) };
}

function howEnded({ expires, revoked }: Grant): string | undefined {
  if (revoked !== undefined) return `was revoked at ${revoked}`;
  return Date.parse(expires) > Date.now() ? undefined : `ended at ${expires}`;
}

/** Whether a grant opens what was sealed there; what names no place is opened by a grant without limits only. */
export function covers({ namespace, workflow }: Scope, there: Scope): boolean {
  if (namespace !== undefined && namespace !== there.namespace) return false;
  return workflow === undefined || (there.workflow !== undefined && isLike(workflow, there.workflow));
}

/** Whether a text is as a pattern in which `*` stands for any characters. */
function isLike(pattern: string, text: string): boolean {
  const parts = pattern.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
}

/** Nobody can guess it; safe in URLs and headers. */
const newToken = () => randomBytes(TOKEN_BYTES).toString('base64url');

const digestOf = (token: string) => createHash('sha256').update(token).digest();
