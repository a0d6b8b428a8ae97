import type { Secret } from '../../../contracts/core/secret';
import { isInfisicalError } from '../http/infisical-error';
import { login } from '../login';
import type { Session } from '../session';
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
  const { identityId, clientId, tag, stored, store } = input;
  const kept = stored.clientSecret && (await works(session, clientId, stored.clientSecret));
  const keptId = kept ? stored.clientSecretId : undefined;
  const orphans = (await liveClientSecrets(session, identityId, tag)).filter((id) => id !== keptId);
  // a kept secret without a known id may be any of these
  const revoked = kept && keptId === undefined ? [] : orphans;
  for (const id of revoked) await revokeClientSecret(session, identityId, id);
  if (kept) return { created: false, revoked: revoked.length };
  const issued = await createClientSecret(session, identityId, tag);
  await store(issued);
  await login(session.http, { clientId, clientSecret: issued.clientSecret });
  const doubled = (await liveClientSecrets(session, identityId, tag)).filter(
    (id) => id !== issued.clientSecretId,
  );
  for (const id of doubled) await revokeClientSecret(session, identityId, id);
  return { created: true, revoked: revoked.length + doubled.length };
}

async function works(session: Session, clientId: string, clientSecret: Secret): Promise<boolean> {
  try {
    await login(session.http, { clientId, clientSecret });
    return true;
  } catch (error) {
    if (isInfisicalError(error, 'unauthorised')) return false;
    throw error;
  }
}
