import { z } from 'zod';
import { organizationRole } from '../access/organization';
import type { Member, Server } from '../http/context';
import { notFound, permissionDenied } from '../http/errors';
import { pageOf } from '../http/paging';
import { routesOf } from '../http/route';
import { addAdministrator, type Project } from './project';

/** How an administrator of the organisation reaches a project that somebody else made. */
export function registerOrganizationAdminRoutes(server: Server): void {
  const { db } = server;
  const { get, post } = routesOf(server);
  const url = '/api/v1/organization-admin/projects';
  const requireAdmin = async (actor: Member) => {
    const role = await organizationRole(server, actor, actor.orgId);
    if (role !== 'admin') throw permissionDenied('access-all-projects', 'organization-admin-console');
  };

  const listing = z.object({
    search: z.string().default(''),
    offset: z.coerce.number().default(0),
    limit: z.coerce.number().max(100).default(50),
  });
  get(url, { query: listing }, async ({ actor, query }) => {
    await requireAdmin(actor);
    const all = await db.query<Project>`select * from projects where "orgId" = ${actor.orgId} order by name`;
    const { page, total } = pageOf(all, query.search, query);
    return { projects: page, count: total };
  });

  post(`${url}/:projectId/grant-admin-access`, { access: 'user' }, async ({ actor, params }) => {
    await requireAdmin(actor);
    const project = await db.first<Project>`
      select * from projects where "orgId" = ${actor.orgId} and id::text = ${params.projectId}`;
    if (project === undefined) throw notFound('Project not found');
    await addAdministrator(db, project.id, actor);
    return { membership: { projectId: project.id, userId: actor.id } };
  });
}
