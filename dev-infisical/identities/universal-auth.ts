import { z } from 'zod';
import type { Actor, Context, Server } from '../http/context';
import { badRequest } from '../http/errors';
import { routesOf, text } from '../http/route';
import { manageIdentity } from './identity';
import { clearLockouts } from './lockout';

export interface UniversalAuth {
  id: string;
  identityId: string;
  clientId: string;
  accessTokenTTL: number;
  accessTokenMaxTTL: number;
  accessTokenNumUsesLimit: number;
  accessTokenPeriod: number;
  lockoutEnabled: boolean;
  lockoutThreshold: number;
  lockoutDurationSeconds: number;
  lockoutCounterResetSeconds: number;
  clientSecretTrustedIps: unknown;
  accessTokenTrustedIps: unknown;
  createdAt: Date;
  updatedAt: Date;
}

const anywhere = [{ ipAddress: '0.0.0.0/0' }, { ipAddress: '::/0' }];
const trustedIps = z.object({ ipAddress: text }).array().min(1);
const lifetime = z.number().int().min(0).max(315_360_000);
const uses = z.number().int().min(0);

const attachment = z.object({
  clientSecretTrustedIps: trustedIps.default(anywhere),
  accessTokenTrustedIps: trustedIps.default(anywhere),
  accessTokenTTL: lifetime.default(2_592_000),
  accessTokenMaxTTL: lifetime.default(2_592_000),
  accessTokenNumUsesLimit: uses.default(0),
  accessTokenPeriod: lifetime.default(0),
  lockoutEnabled: z.boolean().default(true),
  lockoutThreshold: z.number().int().min(1).max(30).default(3),
  lockoutDurationSeconds: z.number().int().min(30).max(86_400).default(300),
  lockoutCounterResetSeconds: z.number().int().min(5).max(3_600).default(30),
});
const change = z.object({
  accessTokenTTL: lifetime.optional(),
  accessTokenMaxTTL: lifetime.optional(),
  accessTokenNumUsesLimit: uses.optional(),
});

/** The Universal Auth of an identity that must have it. */
export async function readUniversalAuth({ db }: Context, identityId: string): Promise<UniversalAuth> {
  const found = await db.first<UniversalAuth>`
    select * from universal_auths where "identityId" = ${identityId}`;
  if (found === undefined) throw badRequest('The identity does not have universal auth');
  return found;
}

/** Universal Auth of an identity: attach, read, change, remove, unlock. */
export function registerUniversalAuthRoutes(server: Server): void {
  const { db, legacy } = server;
  const { get, post, patch, remove } = routesOf(server);
  const url = '/api/v1/auth/universal-auth/identities/:identityId';
  const view = (auth: UniversalAuth) => ({ identityUniversalAuth: legacy ? legacyView(auth) : auth });
  const open = async (actor: Actor, identityId: string | undefined, action: 'read' | 'edit' | 'delete') =>
    readUniversalAuth(server, (await manageIdentity(server, actor, identityId, action)).id);

  post(url, { body: attachment }, async ({ actor, body, params }) => {
    const { id, authMethods } = await manageIdentity(server, actor, params.identityId, 'create');
    const configured = legacy ? authMethods.length > 0 : authMethods.includes('universal-auth');
    if (configured) throw badRequest('Failed to add universal auth to already configured identity');
    checkLifetimes(body.accessTokenTTL, body.accessTokenMaxTTL);
    checkAnywhere([...body.clientSecretTrustedIps, ...body.accessTokenTrustedIps]);
    const names = Object.keys(body).map((name) => `"${name}"`);
    const values = Object.values(body).map((value) => (Array.isArray(value) ? JSON.stringify(value) : value));
    const numbers = values.map((_, index) => `$${index + 2}`);
    const auth = await db.transaction(async (tx) => {
      await tx.query`update identities set "authMethods" = "authMethods" || '{universal-auth}' where id = ${id}`;
      const [made] = await tx.raw<UniversalAuth>(
        `insert into universal_auths ("identityId", ${names.join(', ')}) values ($1, ${numbers.join(', ')}) returning *`,
        [id, ...values],
      );
      return made as UniversalAuth;
    });
    return view(auth);
  });

  get(url, {}, async ({ actor, params }) => view(await open(actor, params.identityId, 'read')));

  patch(url, { body: change }, async ({ actor, body, params }) => {
    const auth = await open(actor, params.identityId, 'edit');
    const changed = {
      ...auth,
      accessTokenTTL: body.accessTokenTTL ?? auth.accessTokenTTL,
      accessTokenMaxTTL: body.accessTokenMaxTTL ?? auth.accessTokenMaxTTL,
      accessTokenNumUsesLimit: body.accessTokenNumUsesLimit ?? auth.accessTokenNumUsesLimit,
    };
    checkLifetimes(changed.accessTokenTTL, changed.accessTokenMaxTTL);
    await db.query`
      update universal_auths set "accessTokenTTL" = ${changed.accessTokenTTL},
        "accessTokenMaxTTL" = ${changed.accessTokenMaxTTL},
        "accessTokenNumUsesLimit" = ${changed.accessTokenNumUsesLimit} where id = ${auth.id}`;
    return view(changed);
  });

  remove(url, {}, async ({ actor, params }) => {
    const auth = await open(actor, params.identityId, 'delete');
    await db.transaction(async (tx) => {
      await tx.query`delete from universal_auths where id = ${auth.id}`;
      await tx.query`
        update identities set "authMethods" = array_remove("authMethods", 'universal-auth')
        where id = ${auth.identityId}`;
    });
    return view(auth);
  });
  if (legacy) return;

  post(`${url}/clear-lockouts`, {}, async ({ actor, params }) => {
    const { clientId } = await open(actor, params.identityId, 'edit');
    return { deleted: await clearLockouts(server.redis, clientId) };
  });
}

/** The lockout fields are newer than 2024. */
function legacyView(auth: UniversalAuth) {
  const {
    accessTokenPeriod: _period,
    lockoutEnabled: _enabled,
    lockoutThreshold: _threshold,
    lockoutDurationSeconds: _duration,
    lockoutCounterResetSeconds: _reset,
    ...rest
  } = auth;
  return rest;
}

function checkLifetimes(ttl: number, max: number): void {
  if (max > 0 && ttl > max) throw badRequest('Access token TTL cannot be greater than max TTL');
}

function checkAnywhere(ips: { ipAddress: string }[]): void {
  if (ips.every(({ ipAddress }) => anywhere.some((open) => open.ipAddress === ipAddress))) return;
  throw badRequest(
    'Failed to add IP access range to service token due to plan restriction. Upgrade plan to add IP access range.',
  );
}
