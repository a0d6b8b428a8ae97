import { z } from 'zod';
import { requireInOrganization } from '../access/organization-access';
import { missingForProjects, openProject } from '../access/project-access';
import { badRequest, broken, forbidden, notFound } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import { randomSlug } from '../model/organizations';
import { createProject, projectView, type Project } from '../model/projects';
import { first } from '../store/database';

const slug = z
  .string()
  .trim()
  .min(5)
  .max(36)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'Slug must be a valid slug');

const newProject = z.object({
  projectName: z.string().trim().min(1),
  projectDescription: z.string().trim().optional(),
  slug: slug.optional(),
  type: z.string().default('secret-manager'),
  shouldCreateDefaultEnvs: z.boolean().default(true),
});

/** Projects: /api/v1/projects today; "workspace" is the older name, still served. */
export function registerProjectRoutes(server: Server): void {
  const { db } = server;
  const legacy = isLegacy(server);

  route(server, {
    method: 'POST',
    url: legacy ? '/api/v2/workspace' : ['/api/v1/projects', '/api/v2/workspace'],
    access: 'member',
    rate: 'write',
    body: newProject,
    handle: async ({ actor, body }) => {
      await requireInOrganization(db, actor, actor.orgId, 'create', 'workspace');
      const wanted = body.slug ?? randomSlug(body.projectName).slice(-36);
      const taken = [actor.orgId, wanted];
      if (await first(db, 'select 1 from projects where "orgId" = $1 and slug = $2', taken)) {
        if (legacy) throw broken('Create');
        throw badRequest(
          `A project with the slug "${wanted}" already exists in your organization. Please choose a different name or slug.`,
        );
      }
      const project = await createProject(db, actor, {
        orgId: actor.orgId,
        name: body.projectName,
        slug: wanted,
        type: body.type,
        description: legacy ? undefined : body.projectDescription,
        withEnvironments: legacy || body.shouldCreateDefaultEnvs,
      });
      return { project: await projectView(db, project) };
    },
  });

  const list = async (actor: { type: string; id: string }) => {
    const members =
      actor.type === 'user' ? ['project_users', 'userId'] : ['project_identities', 'identityId'];
    const rows = await db.query<Project>(
      `select p.* from projects p join ${members[0]} m on m."projectId" = p.id where m."${members[1]}" = $1 order by p.name`,
      [actor.id],
    );
    return Promise.all(rows.map((project) => projectView(db, project)));
  };
  route(server, {
    method: 'GET',
    url: '/api/v1/workspace',
    access: legacy ? 'user' : 'member',
    rate: 'read',
    handle: async ({ actor }) => ({ workspaces: await list(actor) }),
  });

  route(server, {
    method: 'GET',
    url: '/api/v1/workspace/:projectId',
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => ({ workspace: await read(actor, params.projectId) }),
  });

  const read = async (actor: Parameters<typeof openProject>[1], id = '') =>
    projectView(db, (await openProject(server, actor, id, missingForProjects)).project);

  route(server, {
    method: 'GET',
    url: legacy ? '/api/v2/workspace/:slug' : ['/api/v1/projects/slug/:slug', '/api/v2/workspace/:slug'],
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => {
      const bySlug = [actor.orgId, params.slug];
      const found = await first<Project>(
        db,
        'select * from projects where "orgId" = $1 and slug = $2',
        bySlug,
      );
      if (found === undefined) {
        throw legacy
          ? broken('Failed to find project by slug')
          : notFound(`Project with slug '${params.slug}' not found`);
      }
      return read(actor, found.id);
    },
  });

  route(server, {
    method: 'DELETE',
    url: legacy
      ? '/api/v1/workspace/:projectId'
      : ['/api/v1/projects/:projectId', '/api/v1/workspace/:projectId'],
    access: 'member',
    rate: 'write',
    handle: async ({ actor, params, request }) => {
      const { project, ...access } = await openProject(
        server,
        actor,
        params.projectId ?? '',
        missingForProjects,
      );
      access.require('delete', 'workspace');
      if (project.hasDeleteProtection) throw forbidden('Project delete protection is enabled');
      const view = await projectView(db, project);
      await db.query('delete from projects where id = $1', [project.id]);
      return request.url.startsWith('/api/v1/projects') ? { project: view } : { workspace: view };
    },
  });
  if (legacy) return;

  route(server, {
    method: 'GET',
    url: '/api/v1/projects',
    access: 'member',
    rate: 'read',
    handle: async ({ actor }) => ({ projects: await list(actor) }),
  });

  route(server, {
    method: 'GET',
    url: '/api/v1/projects/:projectId',
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => ({ project: await read(actor, params.projectId) }),
  });
}
