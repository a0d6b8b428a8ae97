import { z } from 'zod';
import type { Secret } from '../../contracts/core/secret';
import { isInfisicalError } from '../problem';
import { login, type Session } from '../session';
import {
  createClientSecret,
  liveClientSecrets,
  revokeClientSecret,
  type IssuedSecret,
} from './client-secrets';

export interface ClientSecretInput {
  identityId: string;
  clientId: string;
  /** The description of our client secrets: the same in every run, and different for each state directory. */
  tag: string;
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
  const { identityId, tag, stored, store } = input;
  const live = await liveClientSecrets(session, identityId, tag);
  const kept = await storedWorks(session, input, live);
  // a secret that works but whose id was lost may be any of these
  const orphans =
    kept && stored.clientSecretId === undefined ? [] : ours(live, kept ? stored.clientSecretId : undefined);
  for (const id of orphans) await revokeClientSecret(session, identityId, id);
  if (kept) return { created: false, revoked: orphans.length };

  const issued = await createClientSecret(session, identityId, tag);
  await store(issued);
  await prove(session, input, issued.clientSecret);
  const doubled = ours(await liveClientSecrets(session, identityId, tag), issued.clientSecretId);
  for (const id of doubled) await revokeClientSecret(session, identityId, id);
  return { created: true, revoked: orphans.length + doubled.length };
}

const ours = (live: { id: string; ours: boolean }[], except: string | undefined) =>
  live.filter((secret) => secret.ours && secret.id !== except).map(({ id }) => id);

async function storedWorks(
  session: Session,
  input: ClientSecretInput,
  live: { id: string }[],
): Promise<boolean> {
  const { clientSecret, clientSecretId } = input.stored;
  if (!clientSecret) return false;
  // a login that must fail is not tried: three of them lock the identity
  if (clientSecretId !== undefined && !live.some(({ id }) => id === clientSecretId)) return false;
  try {
    await prove(session, input, clientSecret);
    return true;
  } catch (error) {
    if (isInfisicalError(error, 'unauthorised')) return false;
    throw error;
  }
}

/** Logs in; an administrator may end a lock-out that earlier bad logins brought about. */
async function prove(session: Session, { identityId, clientId }: ClientSecretInput, clientSecret: Secret) {
  const credentials = { clientId, clientSecret };
  try {
    await login(session.http, credentials);
  } catch (error) {
    if (!isInfisicalError(error, 'lockedOut')) throw error;
    const route = '/api/v1/auth/universal-auth/identities/:identityId/clear-lockouts';
    await session.send({ method: 'POST', route, params: { identityId }, body: {} }, z.unknown());
    await login(session.http, credentials);
  }
}
