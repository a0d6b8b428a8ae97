import { z } from 'zod';
import { badRequest } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import { clearLockouts } from '../model/lockout';
import {
  manageIdentity,
  readUniversalAuth,
  universalAuthView,
  type UniversalAuth,
} from '../model/universal-auth';
import { one } from '../store/database';

const anywhere = [{ ipAddress: '0.0.0.0/0' }, { ipAddress: '::/0' }];
const trustedIps = z.object({ ipAddress: z.string().trim() }).array().min(1);
const lifetime = z.number().int().min(0).max(315_360_000);

const attachment = z.object({
  clientSecretTrustedIps: trustedIps.default(anywhere),
  accessTokenTrustedIps: trustedIps.default(anywhere),
  accessTokenTTL: lifetime.default(2_592_000),
  accessTokenMaxTTL: lifetime.default(2_592_000),
  accessTokenNumUsesLimit: z.number().int().min(0).default(0),
  accessTokenPeriod: lifetime.default(0),
  lockoutEnabled: z.boolean().default(true),
  lockoutThreshold: z.number().int().min(1).max(30).default(3),
  lockoutDurationSeconds: z.number().int().min(30).max(86_400).default(300),
  lockoutCounterResetSeconds: z.number().int().min(5).max(3_600).default(30),
});

/** Universal Auth of an identity: attach, read, change, remove, unlock. */
export function registerUniversalAuthRoutes(server: Server): void {
  const { db } = server;
  const url = '/api/v1/auth/universal-auth/identities/:identityId';
  const view = (auth: UniversalAuth) => ({
    identityUniversalAuth: universalAuthView(auth, isLegacy(server)),
  });

  route(server, {
    method: 'POST',
    url,
    access: 'member',
    rate: 'write',
    body: attachment,
    handle: async ({ actor, body, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'create');
      const configured = isLegacy(server)
        ? identity.authMethods.length > 0
        : identity.authMethods.includes('universal-auth');
      if (configured) throw badRequest('Failed to add universal auth to already configured identity');
      checkLifetimes(body.accessTokenTTL, body.accessTokenMaxTTL);
      checkAnywhere([...body.clientSecretTrustedIps, ...body.accessTokenTrustedIps]);
      const names = Object.keys(body).map((name) => `"${name}"`);
      const values = Object.values(body).map((value) =>
        Array.isArray(value) ? JSON.stringify(value) : value,
      );
      const auth = await db.transaction(async (tx) => {
        await tx.query(
          `update identities set "authMethods" = "authMethods" || '{universal-auth}' where id = $1`,
          [identity.id],
        );
        return one<UniversalAuth>(
          tx,
          `insert into universal_auths ("identityId", ${names.join(', ')})
           values ($1, ${values.map((_, index) => `$${index + 2}`).join(', ')}) returning *`,
          [identity.id, ...values],
        );
      });
      return view(auth);
    },
  });

  route(server, {
    method: 'GET',
    url,
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'read');
      return view(await readUniversalAuth(server, identity.id));
    },
  });

  route(server, {
    method: 'PATCH',
    url,
    access: 'member',
    rate: 'write',
    body: z.object({
      accessTokenTTL: lifetime.optional(),
      accessTokenMaxTTL: lifetime.optional(),
      accessTokenNumUsesLimit: z.number().int().min(0).optional(),
    }),
    handle: async ({ actor, body, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'edit');
      const auth = { ...(await readUniversalAuth(server, identity.id)), ...withoutUndefined(body) };
      checkLifetimes(auth.accessTokenTTL, auth.accessTokenMaxTTL);
      await db.query(
        `update universal_auths set "accessTokenTTL" = $2, "accessTokenMaxTTL" = $3, "accessTokenNumUsesLimit" = $4
         where id = $1`,
        [auth.id, auth.accessTokenTTL, auth.accessTokenMaxTTL, auth.accessTokenNumUsesLimit],
      );
      return view(auth);
    },
  });

  route(server, {
    method: 'DELETE',
    url,
    access: 'member',
    rate: 'write',
    handle: async ({ actor, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'delete');
      const auth = await readUniversalAuth(server, identity.id);
      await db.transaction(async (tx) => {
        await tx.query('delete from universal_auths where id = $1', [auth.id]);
        const gone = `array_remove("authMethods", 'universal-auth')`;
        await tx.query(`update identities set "authMethods" = ${gone} where id = $1`, [identity.id]);
      });
      return view(auth);
    },
  });
  if (isLegacy(server)) return;

  route(server, {
    method: 'POST',
    url: `${url}/clear-lockouts`,
    access: 'member',
    rate: 'write',
    handle: async ({ actor, params }) => {
      const identity = await manageIdentity(server, actor, params.identityId, 'edit');
      const { clientId } = await readUniversalAuth(server, identity.id);
      return { deleted: await clearLockouts(server.redis, clientId) };
    },
  });
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

function withoutUndefined<Fields extends object>(fields: Fields): { [Key in keyof Fields]?: number } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Key in keyof Fields]?: number;
  };
}
