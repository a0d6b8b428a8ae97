import { z } from 'zod';
import { requireInOrganization, requireOrganizationRank } from '../access/organization-access';
import { isRole } from '../access/roles';
import type { Actor } from '../http/actor';
import { badRequest, broken, notFound } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import {
  createIdentity,
  identityView,
  listIdentities,
  membershipView,
  readIdentity,
} from '../model/identities';
import { readOrganization } from '../model/organizations';
import { registerIdentityListings } from './identity-listings';

const isUuid = (text: string | undefined) => z.guid().safeParse(text).success;
const name = z.string().trim().min(1);
const metadata = z.object({ key: name, value: name }).array().optional();

/** Machine identities of an organisation. Names are not unique. */
export function registerIdentityRoutes(server: Server): void {
  const { db } = server;
  const legacy = isLegacy(server);

  route(server, {
    method: 'POST',
    url: '/api/v1/identities',
    access: 'member',
    rate: 'write',
    body: z.object({
      name,
      organizationId: z.string().trim(),
      role: z.string().trim().min(1).default('no-access'),
      hasDeleteProtection: z.boolean().default(false),
      metadata,
    }),
    handle: async ({ actor, body }) => {
      const { organizationId: orgId, ...identity } = body;
      await requireInOrganization(db, actor, orgId, 'create', 'identity');
      if (!isRole(body.role) || body.role === 'viewer') throw notFound('Specified role was not found');
      await requireOrganizationRank(db, actor, orgId, body.role);
      const created = await createIdentity(db, { ...identity, metadata: body.metadata ?? [], orgId });
      return { identity: identityView(created, legacy) };
    },
  });

  const open = async (actor: Actor, id: string | undefined, action: 'read' | 'edit' | 'delete') => {
    const identity = await readIdentity(db, id ?? '');
    if (legacy && !isUuid(id)) throw broken('FindByOrgId');
    if (identity === undefined) throw notFound(`Failed to find identity with id ${id}`);
    await requireInOrganization(db, actor, identity.orgId, action, 'identity');
    return identity;
  };

  route(server, {
    method: 'GET',
    url: '/api/v1/identities/:identityId',
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => {
      const view = membershipView(await open(actor, params.identityId, 'read'), legacy);
      return {
        identity: legacy ? view : { ...view, identity: { ...view.identity, activeLockoutAuthMethods: [] } },
      };
    },
  });

  route(server, {
    method: 'PATCH',
    url: '/api/v1/identities/:identityId',
    access: 'member',
    rate: 'write',
    body: z.object({ name: name.optional(), role: name.optional(), metadata }),
    handle: async ({ actor, body, params }) => {
      const identity = await open(actor, params.identityId, 'edit');
      const changed = {
        ...identity,
        name: body.name ?? identity.name,
        role: body.role ?? identity.role,
        metadata: body.metadata ?? identity.metadata,
      };
      if (!isRole(changed.role)) throw notFound('Specified role was not found');
      await requireOrganizationRank(db, actor, identity.orgId, changed.role);
      await db.query('update identities set name = $2, role = $3, metadata = $4 where id = $1', [
        identity.id,
        changed.name,
        changed.role,
        JSON.stringify(changed.metadata),
      ]);
      return { identity: identityView(changed, legacy) };
    },
  });

  route(server, {
    method: 'DELETE',
    url: '/api/v1/identities/:identityId',
    access: 'member',
    rate: 'write',
    handle: async ({ actor, params }) => {
      const identity = await open(actor, params.identityId, 'delete');
      if (identity.hasDeleteProtection) throw badRequest('Identity has delete protection');
      await requireOrganizationRank(db, actor, identity.orgId, identity.role);
      await db.query('delete from identities where id = $1', [identity.id]);
      return { identity: identityView(identity, legacy) };
    },
  });

  route(server, {
    method: 'GET',
    url: '/api/v1/identities',
    access: 'member',
    rate: 'read',
    query: z.object({ orgId: z.string() }),
    handle: async ({ actor, query }) => {
      await requireInOrganization(db, actor, query.orgId, 'read', 'identity');
      const all = await listIdentities(db, query.orgId);
      return { identities: all.map((identity) => membershipView(identity, legacy)), totalCount: all.length };
    },
  });

  registerIdentityListings(server);
  if (legacy) return;

  route(server, {
    method: 'GET',
    url: '/api/v1/identities/details',
    access: 'member',
    rate: 'read',
    handle: async ({ actor }) => ({
      identityDetails: { organization: await readOrganization(db, actor.orgId) },
    }),
  });
}
