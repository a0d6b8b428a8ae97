import { z } from 'zod';
import type { Actor, Server } from '../http/context';
import { forbidden } from '../http/errors';
import { pageOf } from '../http/paging';
import { routesOf } from '../http/route';
import { listIdentities } from '../identities/identity';
import { deleteOrganization, listOrganizations } from './organizations';
import { readServerConfig, updateServerConfig } from './server-config';
import { deleteUser, listUsers, userView } from './users';

/** Readiness and "is this instance initialised" without a token; what only a super admin may do with one. */
export function registerAdminRoutes(server: Server): void {
  const { db, redis } = server;
  const { get, patch, remove } = routesOf(server);

  get('/api/status', { access: 'public', rate: 'none' }, async () => {
    const { allowSignUp } = await readServerConfig(db);
    await redis.ping();
    return {
      date: new Date(),
      message: 'Ok',
      emailConfigured: false,
      inviteOnlySignup: allowSignUp,
      redisConfigured: true,
      secretScanningConfigured: false,
    };
  });

  get('/api/v1/admin/config', { access: 'public' }, async () => {
    const { id: _id, adminIdentityIds: _ids, ...config } = await readServerConfig(db);
    return { config: { ...config, isMigrationModeOn: false, fipsEnabled: false, defaultAuthOrgSlug: null } };
  });

  const change = z.object({
    allowSignUp: z.boolean().optional(),
    onboardingCompleted: z.boolean().optional(),
  });
  patch('/api/v1/admin/config', { body: change }, async ({ actor, body }) => {
    requireSuperAdmin(actor);
    return { config: await updateServerConfig(db, body) };
  });
  registerConsole(server);
  if (server.legacy) return;

  const identities = '/api/v1/admin/identity-management/identities';
  const search = z.object({
    searchTerm: z.string().default(''),
    offset: z.coerce.number().default(0),
    limit: z.coerce.number().max(100).default(20),
  });
  get(identities, { query: search }, async ({ actor, query }) => {
    requireSuperAdmin(actor);
    const { adminIdentityIds } = await readServerConfig(db);
    const { page, total } = pageOf(await listIdentities(db, actor.orgId), query.searchTerm, query);
    const found = page.map(({ id, name }) => ({ id, name, isInstanceAdmin: adminIdentityIds.includes(id) }));
    return { identities: found, total };
  });

  remove(`${identities}/:identityId/super-admin-access`, {}, async ({ actor, params }) => {
    requireSuperAdmin(actor);
    const { adminIdentityIds } = await readServerConfig(db);
    const left = adminIdentityIds.filter((id) => id !== params.identityId);
    await updateServerConfig(db, { adminIdentityIds: left });
    return { identity: { id: params.identityId } };
  });
}

/** Accounts and organisations of the whole instance; 2024 knows accounts only. */
function registerConsole(server: Server): void {
  const { db } = server;
  const { get, remove } = routesOf(server);
  const search = z.object({
    searchTerm: z.string().default(''),
    offset: z.coerce.number().default(0),
    limit: z.coerce.number().max(100).default(20),
  });
  const users = '/api/v1/admin/user-management/users';
  get(users, { query: search }, async ({ actor, query }) => {
    requireSuperAdmin(actor);
    const { page, total } = pageOf(
      (await listUsers(db)).map((user) => ({ ...userView(user), name: user.email })),
      query.searchTerm,
      query,
    );
    return { users: page, total };
  });
  remove(`${users}/:userId`, {}, async ({ actor, params: { userId } }) => {
    requireSuperAdmin(actor);
    return { users: await deleteUser(db, userId) };
  });
  if (server.legacy) return;

  const organizations = '/api/v1/admin/organization-management/organizations';
  get(organizations, { query: search }, async ({ actor, query }) => {
    requireSuperAdmin(actor);
    const { page, total } = pageOf(await listOrganizations(db), query.searchTerm, query);
    return { organizations: page, total };
  });
  remove(`${organizations}/:organizationId`, {}, async ({ actor, params: { organizationId } }) => {
    requireSuperAdmin(actor);
    return { organization: await deleteOrganization(db, organizationId) };
  });
}

function requireSuperAdmin(actor: Actor): void {
  if (!actor.superAdmin) throw forbidden('Requires elevated super admin privileges');
}
