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
  const token = await readLive(context, claims);
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

/** Renews a token. With the default TTL equal to the maximum this always fails, and in 2024 it also ends the token. */
export async function renewAccessToken(context: Context, accessToken: string) {
  const claims = identityClaims(context, accessToken, 'renewed');
  const token = await readLive(context, claims);
  await checkUsable(context, token);
  const end = token.createdAt.getTime() + token.accessTokenMaxTTL * 1000;
  if (
    token.accessTokenMaxTTL > 0 &&
    token.accessTokenPeriod === 0 &&
    Date.now() + token.accessTokenTTL * 1000 > end
  ) {
    if (!context.legacy) throw unauthorized('Cannot renew: identity access token has reached its max TTL');
    await remove(context, token);
    throw unauthorized('Failed to renew MI access token past its Max TTL expiration');
  }
  await context.db.query`
    update access_tokens set "accessTokenLastRenewedAt" = clock_timestamp() where id = ${token.id}`;
  return tokenAnswer(token, context.legacy ? accessToken : sign(context, token));
}

export async function revokeAccessToken(context: Context, accessToken: string): Promise<void> {
  const token = await readLive(context, identityClaims(context, accessToken, 'revoked'));
  await markRevoked(context, token.id);
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

async function readLive(context: Context, claims: Claims): Promise<AccessToken> {
  const token = await context.db.first<AccessToken & { secretRevoked: boolean | null }>`
    select t.*, s."isClientSecretRevoked" as "secretRevoked" from access_tokens t
    left join client_secrets s on s.id = t."clientSecretId"
    where t.id::text = ${String(claims.identityAccessTokenId)} and not t."isAccessTokenRevoked"`;
  if (token === undefined) throw unauthorized(GONE);
  // Revoking a client secret ends its tokens today; in 2024 they lived on.
  if (token.secretRevoked === true && !context.legacy) throw unauthorized(GONE);
  return token;
}

async function checkUsable(context: Context, token: AccessToken): Promise<void> {
  const { accessTokenNumUsesLimit: limit, accessTokenNumUses: uses } = token;
  if (limit > 0 && uses >= limit) {
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
