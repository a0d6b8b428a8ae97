import type { Actor, Context } from '../http/context';
import { badRequest, unauthorized } from '../http/errors';
import { signJwt, verifyJwt, type Claims } from '../http/jwt';

export interface AccessToken {
  id: string;
  identityId: string;
  authMethod: string;
  name: string | null;
  clientSecretId: string | null;
  accessTokenTTL: number;
  accessTokenMaxTTL: number;
  accessTokenPeriod: number;
  accessTokenNumUses: number;
  accessTokenNumUsesLimit: number;
  isAccessTokenRevoked: boolean;
  accessTokenLastRenewedAt: Date | null;
  createdAt: Date;
}

type NewToken = Pick<AccessToken, 'identityId' | 'authMethod'> &
  Partial<Omit<AccessToken, 'name'> & { name: string | undefined }>;

const GONE = 'No identity access token found';
/** What a request does with a token, as the refusals of today begin. */
type Purpose = 'Failed to authorize' | 'Cannot renew';

/** Records a token and signs its JWT. `endless`: without `exp`, as the bootstrap of some releases did. */
export async function issueAccessToken(context: Context, token: NewToken, endless = false) {
  const row = await context.db.one<AccessToken>`
    insert into access_tokens ("identityId", "authMethod", name, "clientSecretId", "accessTokenTTL", "accessTokenMaxTTL",
      "accessTokenPeriod", "accessTokenNumUsesLimit")
    values (${token.identityId}, ${token.authMethod}, ${token.name}, ${token.clientSecretId},
      ${token.accessTokenTTL ?? 0}, ${token.accessTokenMaxTTL ?? 0}, ${token.accessTokenPeriod ?? 0},
      ${token.accessTokenNumUsesLimit ?? 0}) returning *`;
  return { row, accessToken: sign(context, row, endless) };
}

function sign(context: Context, row: AccessToken, endless = false): string {
  const claims = {
    identityId: row.identityId,
    identityAccessTokenId: row.id,
    authTokenType: 'identityAccessToken',
    ...(row.clientSecretId === null ? {} : { clientSecretId: row.clientSecretId }),
  };
  const cap = context.settings.DEV_INFISICAL_MACHINE_TOKEN_SECONDS;
  // 2024: the JWT lives until the maximum and the row decides about the TTL. Today: the JWT itself ends, capped.
  const lifetime = context.legacy
    ? row.accessTokenMaxTTL || undefined
    : Math.min(row.accessTokenTTL || cap, cap);
  return signJwt(context.settings.AUTH_SECRET, claims, endless ? undefined : lifetime);
}

/** Lets a token in, or says why not: over age, revoked, past its TTL, used up. */
export async function useAccessToken(context: Context, claims: Claims): Promise<Actor> {
  if (claims.exp === undefined && !context.legacy) {
    throw unauthorized('Identity access token exceeded max age, please re-authenticate');
  }
  const token = await readLive(context, claims, 'Failed to authorize');
  await checkUsable(context, token);
  if (token.accessTokenNumUsesLimit > 0) {
    await context.db.query`
      update access_tokens set "accessTokenNumUses" = "accessTokenNumUses" + 1 where id = ${token.id}`;
  }
  const { orgId, superAdmin } = await context.db.one<{ orgId: string; superAdmin: boolean }>`
    select i."orgId", i.id = any(c."adminIdentityIds") as "superAdmin"
    from identities i, server_config c where i.id = ${token.identityId}`;
  return { type: 'identity', id: token.identityId, orgId, superAdmin };
}

/**
 * Renews a token: until its maximum is reached, and at the default lifetimes for what is left of them. In 2024 that always
 * failed, and ended the token too.
 */
export async function renewAccessToken(context: Context, accessToken: string) {
  const claims = identityClaims(context, accessToken, 'renewed');
  const token = await readLive(context, claims, 'Cannot renew');
  await checkUsable(context, token);
  const { accessTokenTTL: ttl, accessTokenMaxTTL: most } = token;
  const isLimited = most > 0 && token.accessTokenPeriod === 0;
  const left = Math.floor((token.createdAt.getTime() - Date.now()) / 1000) + most;
  if (isLimited && context.legacy && ttl > left) {
    await remove(context, token);
    throw unauthorized('Failed to renew MI access token past its Max TTL expiration');
  }
  if (isLimited && left <= 0)
    throw unauthorized('Cannot renew: identity access token has reached its max TTL');
  await context.db.query`
    update access_tokens set "accessTokenLastRenewedAt" = clock_timestamp() where id = ${token.id}`;
  if (context.legacy) return tokenAnswer(token, accessToken);
  const renewed = isLimited ? { ...token, accessTokenTTL: Math.min(ttl || left, left) } : token;
  return tokenAnswer(renewed, sign(context, renewed));
}

/** Ends a token by its own word. Today a dead one may say it again. */
export async function revokeAccessToken(context: Context, accessToken: string): Promise<void> {
  const claims = identityClaims(context, accessToken, 'revoked');
  if (context.legacy) return markRevoked(context, (await readLive(context, claims)).id);
  const id = String(claims.identityAccessTokenId);
  await context.db.query`update access_tokens set "endedItself" = true where id::text = ${id}`;
}

export async function markRevoked({ db }: Context, id: string): Promise<void> {
  await db.query`update access_tokens set "isAccessTokenRevoked" = true where id = ${id}`;
}

/** What every login and renewal answers. */
export function tokenAnswer(token: AccessToken, accessToken: string) {
  const { accessTokenTTL: expiresIn, accessTokenMaxTTL } = token;
  return { accessToken, expiresIn, accessTokenMaxTTL, tokenType: 'Bearer' };
}

function identityClaims(context: Context, accessToken: string, verb: 'renewed' | 'revoked'): Claims {
  const claims = verifyJwt(context.settings.AUTH_SECRET, accessToken);
  if (claims.authTokenType === 'identityAccessToken') return claims;
  const message = `Only identity access tokens can be ${verb}`;
  throw verb === 'renewed' ? badRequest(message) : unauthorized(message);
}

async function readLive(context: Context, claims: Claims, purpose?: Purpose): Promise<AccessToken> {
  type Found = AccessToken & { endedItself: boolean; secretRevoked: boolean | null };
  const token = await context.db.first<Found>`
    select t.*, s."isClientSecretRevoked" as "secretRevoked" from access_tokens t
    left join client_secrets s on s.id = t."clientSecretId"
    where t.id::text = ${String(claims.identityAccessTokenId)}`;
  if (context.legacy || purpose === undefined) {
    if (token === undefined || token.isAccessTokenRevoked) throw unauthorized(GONE);
    return token;
  }
  if (token === undefined) throw unauthorized('Identity is not a member of the organization');
  if (token.isAccessTokenRevoked || token.endedItself)
    throw unauthorized(`${purpose}: token has been revoked`);
  // Revoking a client secret ends its tokens today; in 2024 they lived on.
  if (token.secretRevoked === true) throw unauthorized(`${purpose}: client secret has been revoked`);
  return token;
}

async function checkUsable(context: Context, token: AccessToken): Promise<void> {
  const { accessTokenNumUsesLimit: limit, accessTokenNumUses: uses } = token;
  if (limit > 0 && uses >= limit) {
    if (!context.legacy) throw unauthorized('Failed to authorize: token usage limit reached');
    await remove(context, token);
    throw unauthorized('Unable to renew because access token number of uses limit reached');
  }
  const since = (token.accessTokenLastRenewedAt ?? token.createdAt).getTime();
  if (context.legacy && token.accessTokenTTL > 0 && Date.now() > since + token.accessTokenTTL * 1000) {
    await remove(context, token);
    throw unauthorized('Failed to renew MI access token due to TTL expiration');
  }
}

async function remove({ db }: Context, token: AccessToken): Promise<void> {
  await db.query`delete from access_tokens where id = ${token.id}`;
}
