import { z } from 'zod';
import { organizationRole } from '../access/organization-access';
import { notFound, permissionDenied } from '../http/api-error';
import type { Server } from '../http/context';
import { route } from '../http/route';
import { addAdministrator, type Project } from '../model/projects';
import { first } from '../store/database';

/** How an administrator of the organisation reaches a project that somebody else made. */
export function registerOrganizationAdminRoutes(server: Server): void {
  const { db } = server;
  route(server, {
    method: 'GET',
    url: '/api/v1/organization-admin/projects',
    access: 'member',
    rate: 'read',
    query: z.object({
      search: z.string().default(''),
      offset: z.coerce.number().default(0),
      limit: z.coerce.number().max(100).default(50),
    }),
    handle: async ({ actor, query }) => {
      const role = await organizationRole(db, actor, actor.orgId);
      if (role !== 'admin') throw permissionDenied('access-all-projects', 'organization-admin-console');
      const all = await db.query<Project>('select * from projects where "orgId" = $1 order by name', [
        actor.orgId,
      ]);
      const found = all.filter(({ name }) => name.toLowerCase().includes(query.search.toLowerCase()));
      return { projects: found.slice(query.offset, query.offset + query.limit), count: found.length };
    },
  });

  route(server, {
    method: 'POST',
    url: '/api/v1/organization-admin/projects/:projectId/grant-admin-access',
    access: 'user',
    rate: 'write',
    handle: async ({ actor, params }) => {
      const role = await organizationRole(db, actor, actor.orgId);
      if (role !== 'admin') throw permissionDenied('access-all-projects', 'organization-admin-console');
      const wanted = [actor.orgId, params.projectId];
      const project = await first<Project>(
        db,
        'select * from projects where "orgId" = $1 and id::text = $2',
        wanted,
      );
      if (project === undefined) throw notFound('Project not found');
      await addAdministrator(db, project.id, actor);
      return { membership: { projectId: project.id, userId: actor.id } };
    },
  });
}
