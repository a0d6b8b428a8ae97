import { timingSafeEqual } from 'node:crypto';
import { ensureAccessToken } from './access-token';
import { digestOf, readGrants } from './grants';

/** Whom a token stands for. */
export type Caller =
  | { kind: 'unknown' }
  | { kind: 'token' }
  | { kind: 'grant'; name: string }
  | { kind: 'expired'; name: string; expires: string };

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
