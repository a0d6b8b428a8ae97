import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';
import { unless } from '../problem';
import { login, type Session } from '../session';

const IDENTITY = '/api/v1/auth/universal-auth/identities/:identityId';
const ROUTE = `${IDENTITY}/client-secrets`;
const dataSchema = z.object({
  id: z.string(),
  description: z.string().nullish(),
  isClientSecretRevoked: z.boolean().nullish(),
});

interface IssuedSecret {
  clientSecretId: string;
  clientSecret: Secret;
  /** By this host's clock, before it was asked for: it is never older than that. */
  issuedAt: number;
}

/** Of which identity, and how ours are told from others. */
export interface ClientSecretPlace {
  identityId: string;
  clientId: string;
  /** The description of our client secrets: the same in every run, and different for each state directory. */
  tag: string;
  /** Its lifetime; without end where it is 0. */
  secretSeconds: number;
}

interface ClientSecretInput extends ClientSecretPlace {
  stored: { clientSecretId?: string | undefined; clientSecret?: Secret | undefined };
  /** Must make the secret durable before it returns. */
  store: (issued: IssuedSecret) => Promise<void>;
}

/**
 * Holds one client secret that works, and leaves no other live one with our tag: at any moment at most one that we
 * do not hold. The stored one is proven by a login; failing that, all of ours are revoked, then one is created,
 * stored, and proven.
 */
export async function ensureClientSecret(
  session: Session,
  input: ClientSecretInput,
): Promise<{ created: boolean; revoked: number }> {
  const { identityId, stored, store } = input;
  const live = await liveSecrets(session, input);
  if (await storedWorks(session, input, live)) {
    // a secret that works but whose id was lost may be any of these
    const orphans = stored.clientSecretId === undefined ? [] : oursExcept(live, stored.clientSecretId);
    await revokeAll(session, identityId, orphans);
    return { created: false, revoked: orphans.length };
  }
  const orphans = oursExcept(live, undefined);
  await revokeAll(session, identityId, orphans);
  const issued = await create(session, input);
  await store(issued);
  await prove(session, input, issued.clientSecret);
  const doubled = oursExcept(await liveSecrets(session, input), issued.clientSecretId);
  await revokeAll(session, identityId, doubled);
  return { created: true, revoked: orphans.length + doubled.length };
}

interface LiveSecret {
  id: string;
  ours: boolean;
}

/** Those that have not been revoked. */
export async function liveSecrets(
  session: Session,
  { identityId, tag }: ClientSecretPlace,
): Promise<LiveSecret[]> {
  const schema = z.object({ clientSecretData: z.array(dataSchema) });
  const { clientSecretData } = await session.get(ROUTE, schema, { params: { identityId } });
  return clientSecretData
    .filter(({ isClientSecretRevoked }) => isClientSecretRevoked !== true)
    .map(({ id, description }) => ({ id, ours: description === tag }));
}

/** Ids of ours without those that are `kept`. */
export const oursExcept = (live: LiveSecret[], ...kept: (string | undefined)[]) =>
  live.filter(({ ours, id }) => ours && !kept.includes(id)).map(({ id }) => id);

async function storedWorks(session: Session, input: ClientSecretInput, live: LiveSecret[]): Promise<boolean> {
  const { clientSecret, clientSecretId } = input.stored;
  if (!clientSecret) return false;
  // a login that must fail is not tried: three of them lock the identity
  if (clientSecretId !== undefined && !live.some(({ id }) => id === clientSecretId)) return false;
  return (await unless(prove(session, input, clientSecret), 'unauthorised')) !== undefined;
}

/** Logs in; an administrator may end a lock-out that earlier bad logins brought about. */
export async function prove(
  session: Session,
  { identityId, clientId }: ClientSecretPlace,
  clientSecret: Secret,
) {
  const credentials = { clientId, clientSecret };
  const own = await unless(login(session.http, credentials), 'lockedOut');
  if (own) return own;
  await clearLockouts(session, identityId);
  return login(session.http, credentials);
}

/** Forgets refused logins of an identity; servers of 2024 count none. */
export async function clearLockouts(session: Session, identityId: string): Promise<void> {
  const cleared = session.post(`${IDENTITY}/clear-lockouts`, z.unknown(), { params: { identityId } });
  await unless(cleared, 'routeMissing');
}

/** The server shows the secret this once; the tag lets a later run find it should the answer be lost. */
export async function create(
  session: Session,
  { identityId, tag, secretSeconds }: ClientSecretPlace,
): Promise<IssuedSecret> {
  const schema = z.object({ clientSecret: z.string().min(1), clientSecretData: dataSchema });
  const asked = { params: { identityId }, body: { description: tag, ttl: secretSeconds } };
  const issuedAt = Date.now();
  const { clientSecret, clientSecretData } = await session.post(ROUTE, schema, asked);
  return { clientSecretId: clientSecretData.id, clientSecret: new Secret(clientSecret), issuedAt };
}

/** One that is gone is revoked already. */
export async function revokeAll(session: Session, identityId: string, ids: readonly string[]): Promise<void> {
  for (const clientSecretId of ids) {
    const params = { identityId, clientSecretId };
    await unless(session.post(`${ROUTE}/:clientSecretId/revoke`, z.unknown(), { params }), 'notFound');
  }
}
