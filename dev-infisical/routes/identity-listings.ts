import { z } from 'zod';
import { requireInOrganization } from '../access/organization-access';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import { listIdentities, membershipView } from '../model/identities';

const paging = { offset: z.coerce.number().min(0).default(0), limit: z.coerce.number().min(1).max(100) };

const texts = z.object({
  $eq: z.string().optional(),
  $contains: z.string().optional(),
  $in: z.string().array().optional(),
});

/** Finding identities: the search of today, the organisation's listing of both generations. */
export function registerIdentityListings(server: Server): void {
  const { db } = server;
  const legacy = isLegacy(server);

  route(server, {
    method: 'GET',
    url: '/api/v2/organizations/:orgId/identity-memberships',
    access: 'member',
    rate: 'read',
    query: z.object({ ...paging, limit: paging.limit.default(100), search: z.string().trim().default('') }),
    handle: async ({ actor, params, query }) => {
      await requireInOrganization(db, actor, params.orgId ?? '', 'read', 'identity');
      const all = await listIdentities(db, params.orgId ?? '');
      const found = all.filter(({ name }) => name.toLowerCase().includes(query.search.toLowerCase()));
      const page = found.slice(query.offset, query.offset + query.limit);
      return {
        identityMemberships: page.map((identity) => membershipView(identity, legacy)),
        totalCount: found.length,
      };
    },
  });
  if (legacy) return;

  route(server, {
    method: 'POST',
    url: '/api/v1/identities/search',
    access: 'member',
    rate: 'read',
    body: z.object({
      search: z
        .object({ name: texts.or(z.string()).optional(), role: texts.or(z.string()).optional() })
        .default({}),
      offset: z.number().min(0).default(0),
      limit: z.number().min(1).max(100).default(50),
      orderBy: z.enum(['name', 'role']).default('name'),
      orderDirection: z.enum(['asc', 'desc']).default('asc'),
    }),
    handle: async ({ actor, body }) => {
      await requireInOrganization(db, actor, actor.orgId, 'read', 'identity');
      const all = await listIdentities(db, actor.orgId);
      const { name, role } = body.search;
      const found = all.filter((identity) => matches(identity.name, name) && matches(identity.role, role));
      found.sort((a, b) => a[body.orderBy].localeCompare(b[body.orderBy]));
      if (body.orderDirection === 'desc') found.reverse();
      const page = found.slice(body.offset, body.offset + body.limit);
      return {
        identities: page.map((identity) => membershipView(identity, false)),
        totalCount: found.length,
      };
    },
  });
}

function matches(text: string, wanted: z.infer<typeof texts> | string | undefined): boolean {
  if (wanted === undefined) return true;
  if (typeof wanted === 'string') return text === wanted;
  const { $eq, $contains, $in } = wanted;
  if ($eq !== undefined && text !== $eq) return false;
  if ($contains !== undefined && !text.toLowerCase().includes($contains.toLowerCase())) return false;
  return $in === undefined || $in.includes(text);
}
