import { z } from 'zod';
import type { Actor } from '../http/actor';
import { forbidden } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import { listIdentities } from '../model/identities';
import { readServerConfig, updateServerConfig } from '../model/server-config';

/** What only a super admin may do: change the configuration, find and demote instance-admin identities. */
export function registerAdminRoutes(server: Server): void {
  route(server, {
    method: 'PATCH',
    url: '/api/v1/admin/config',
    access: 'user',
    rate: 'write',
    body: z.object({ allowSignUp: z.boolean().optional(), onboardingCompleted: z.boolean().optional() }),
    handle: async ({ actor, body }) => {
      requireSuperAdmin(actor);
      return {
        config: await updateServerConfig(server.db, body),
      };
    },
  });
  if (isLegacy(server)) return;

  route(server, {
    method: 'GET',
    url: '/api/v1/admin/identity-management/identities',
    access: 'member',
    rate: 'read',
    query: z.object({
      searchTerm: z.string().default(''),
      offset: z.coerce.number().default(0),
      limit: z.coerce.number().max(100).default(20),
    }),
    handle: async ({ actor, query }) => {
      requireSuperAdmin(actor);
      const { adminIdentityIds } = await readServerConfig(server.db);
      const all = await listIdentities(server.db, actor.orgId);
      const found = all.filter(({ name }) => name.toLowerCase().includes(query.searchTerm.toLowerCase()));
      const identities = found.slice(query.offset, query.offset + query.limit).map(({ id, name }) => ({
        id,
        name,
        isInstanceAdmin: adminIdentityIds.includes(id),
      }));
      return { identities, total: found.length };
    },
  });

  route(server, {
    method: 'DELETE',
    url: '/api/v1/admin/identity-management/identities/:identityId/super-admin-access',
    access: 'member',
    rate: 'write',
    handle: async ({ actor, params }) => {
      requireSuperAdmin(actor);
      const { adminIdentityIds } = await readServerConfig(server.db);
      const left = adminIdentityIds.filter((id) => id !== params.identityId);
      await updateServerConfig(server.db, { adminIdentityIds: left });
      return { identity: { id: params.identityId } };
    },
  });
}

function requireSuperAdmin(actor: Actor): void {
  if (!actor.superAdmin) throw forbidden('Requires elevated super admin privileges');
}
