import { z } from 'zod';
import { requireInOrganization, requireOrganizationRank } from '../access/organization';
import { isRole } from '../access/roles';
import type { Actor, Server } from '../http/context';
import { badRequest, broken, notFound } from '../http/errors';
import { pageOf } from '../http/paging';
import { routesOf, text } from '../http/route';
import { readOrganization } from '../instance/organizations';
import { createIdentity, identityView, listIdentities, membershipView, readIdentity } from './identity';

const isUuid = (id: string | undefined) => z.guid().safeParse(id).success;
const name = text.min(1);
const metadata = z.object({ key: name, value: name }).array().optional();
const newIdentity = z.object({
  name,
  organizationId: text,
  role: name.default('no-access'),
  hasDeleteProtection: z.boolean().default(false),
  metadata,
});

/** Machine identities of an organisation. Names are not unique. */
export function registerIdentityRoutes(server: Server): void {
  const { db, legacy } = server;
  const { get, post, patch, remove } = routesOf(server);
  const url = '/api/v1/identities';

  post(url, { body: newIdentity }, async ({ actor, body }) => {
    const { organizationId: orgId, ...identity } = body;
    await requireInOrganization(server, actor, orgId, 'create');
    if (!isRole(body.role) || body.role === 'viewer') throw notFound('Specified role was not found');
    await requireOrganizationRank(server, actor, orgId, body.role);
    const created = await createIdentity(db, { ...identity, metadata: body.metadata ?? [], orgId });
    return { identity: identityView(created, legacy) };
  });

  const open = async (actor: Actor, id: string | undefined, action: 'read' | 'edit' | 'delete') => {
    const identity = await readIdentity(db, id);
    if (legacy && !isUuid(id)) throw broken('FindByOrgId');
    if (identity === undefined) throw notFound(`Failed to find identity with id ${id}`);
    await requireInOrganization(server, actor, identity.orgId, action);
    return identity;
  };

  get(`${url}/:identityId`, {}, async ({ actor, params }) => {
    const view = membershipView(await open(actor, params.identityId, 'read'), legacy);
    return {
      identity: legacy ? view : { ...view, identity: { ...view.identity, activeLockoutAuthMethods: [] } },
    };
  });

  const change = z.object({ name: name.optional(), role: name.optional(), metadata });
  patch(`${url}/:identityId`, { body: change }, async ({ actor, body, params }) => {
    const identity = await open(actor, params.identityId, 'edit');
    const changed = {
      ...identity,
      name: body.name ?? identity.name,
      role: body.role ?? identity.role,
      metadata: body.metadata ?? identity.metadata,
    };
    if (!isRole(changed.role)) throw notFound('Specified role was not found');
    await requireOrganizationRank(server, actor, identity.orgId, changed.role);
    await db.query`
      update identities set name = ${changed.name}, role = ${changed.role},
        metadata = ${JSON.stringify(changed.metadata)} where id = ${identity.id}`;
    return { identity: identityView(changed, legacy) };
  });

  remove(`${url}/:identityId`, {}, async ({ actor, params }) => {
    const identity = await open(actor, params.identityId, 'delete');
    if (identity.hasDeleteProtection) throw badRequest('Identity has delete protection');
    await requireOrganizationRank(server, actor, identity.orgId, identity.role);
    await db.query`delete from identities where id = ${identity.id}`;
    return { identity: identityView(identity, legacy) };
  });

  get(url, { query: z.object({ orgId: z.string() }) }, async ({ actor, query: { orgId } }) => {
    await requireInOrganization(server, actor, orgId, 'read');
    const all = await listIdentities(db, orgId);
    return { identities: all.map((identity) => membershipView(identity, legacy)), totalCount: all.length };
  });

  const listing = z.object({
    offset: z.coerce.number().min(0).default(0),
    limit: z.coerce.number().min(1).max(100).default(100),
    search: text.default(''),
  });
  const memberships = '/api/v2/organizations/:orgId/identity-memberships';
  get(memberships, { query: listing }, async ({ actor, params: { orgId = '' }, query }) => {
    await requireInOrganization(server, actor, orgId, 'read');
    const { page, total } = pageOf(await listIdentities(db, orgId), query.search, query);
    const identityMemberships = page.map((identity) => membershipView(identity, legacy));
    return { identityMemberships, totalCount: total };
  });
  if (legacy) return;

  post(`${url}/search`, { rate: 'read', body: searched }, async ({ actor, body }) => {
    await requireInOrganization(server, actor, actor.orgId, 'read');
    const { search, orderBy, orderDirection, offset, limit } = body;
    const all = await listIdentities(db, actor.orgId);
    const found = all.filter((one) => matches(one.name, search.name) && matches(one.role, search.role));
    found.sort((a, b) => a[orderBy].localeCompare(b[orderBy]));
    if (orderDirection === 'desc') found.reverse();
    const page = found.slice(offset, offset + limit);
    return { identities: page.map((one) => membershipView(one, false)), totalCount: found.length };
  });

  get(`${url}/details`, {}, async ({ actor }) => ({
    identityDetails: { organization: await readOrganization(db, actor.orgId) },
  }));
}

const texts = z.object({
  $eq: z.string().optional(),
  $contains: z.string().optional(),
  $in: z.string().array().optional(),
});
const searched = z.object({
  search: z
    .object({ name: texts.or(z.string()).optional(), role: texts.or(z.string()).optional() })
    .default({}),
  offset: z.number().min(0).default(0),
  limit: z.number().min(1).max(100).default(50),
  orderBy: z.enum(['name', 'role']).default('name'),
  orderDirection: z.enum(['asc', 'desc']).default('asc'),
});

function matches(value: string, wanted: z.infer<typeof texts> | string | undefined): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted === 'string') return value === wanted;
  const { $eq, $contains, $in } = wanted;
  if ($eq !== undefined && value !== $eq) return false;
  if ($contains !== undefined && !value.toLowerCase().includes($contains.toLowerCase())) return false;
  return $in === undefined || $in.includes(value);
}
