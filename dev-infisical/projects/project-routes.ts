import { z } from 'zod';
import { requireInOrganization } from '../access/organization';
import { missingForProjects, openProject } from '../access/project';
import type { Actor, Server } from '../http/context';
import { badRequest, broken, forbidden, notFound } from '../http/errors';
import { routesOf, text } from '../http/route';
import { randomSlug } from '../instance/organizations';
import { createProject, findProject, projectView, type Project } from './project';

const slug = text
  .min(5)
  .max(36)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'Slug must be a valid slug');

const newProject = z.object({
  projectName: text.min(1),
  projectDescription: text.optional(),
  slug: slug.optional(),
  type: z.string().default('secret-manager'),
  shouldCreateDefaultEnvs: z.boolean().default(true),
});

/** Projects: /api/v1/projects today; "workspace" is the older name, still served. */
export function registerProjectRoutes(server: Server): void {
  const { db, legacy } = server;
  const { get, post, remove } = routesOf(server);
  const paths = (today: string, older: string) => (legacy ? older : [today, older]);

  const creating = paths('/api/v1/projects', '/api/v2/workspace');
  post(creating, { body: newProject }, async ({ actor, body }) => {
    await requireInOrganization(server, actor, actor.orgId, 'create', 'workspace');
    const wanted = body.slug ?? randomSlug(body.projectName).slice(-36);
    if (await findProject(db, actor.orgId, wanted)) {
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
  });

  const read = async (actor: Actor, id: string | undefined) =>
    projectView(db, (await openProject(server, actor, id, missingForProjects)).project);
  const list = async ({ type, id }: Actor) => {
    const rows = await (type === 'user'
      ? db.query<Project>`
          select p.* from projects p join project_users m on m."projectId" = p.id
          where m."userId" = ${id} order by p.name`
      : db.query<Project>`
          select p.* from projects p join project_identities m on m."projectId" = p.id
          where m."identityId" = ${id} order by p.name`);
    return Promise.all(rows.map((project) => projectView(db, project)));
  };

  get('/api/v1/workspace', { access: legacy ? 'user' : 'member' }, async ({ actor }) => ({
    workspaces: await list(actor),
  }));
  get('/api/v1/workspace/:projectId', {}, async ({ actor, params }) => ({
    workspace: await read(actor, params.projectId),
  }));

  const bySlug = paths('/api/v1/projects/slug/:slug', '/api/v2/workspace/:slug');
  get(bySlug, {}, async ({ actor, params: { slug = '' } }) => {
    const found = await findProject(db, actor.orgId, slug);
    if (found !== undefined) return read(actor, found.id);
    throw legacy
      ? broken('Failed to find project by slug')
      : notFound(`Project with slug '${slug}' not found`);
  });

  const byId = paths('/api/v1/projects/:projectId', '/api/v1/workspace/:projectId');
  remove(byId, {}, async ({ actor, params, request }) => {
    const { project, ...access } = await openProject(server, actor, params.projectId, missingForProjects);
    access.require('delete', 'workspace');
    if (project.hasDeleteProtection) throw forbidden('Project delete protection is enabled');
    const view = await projectView(db, project);
    await db.query`delete from projects where id = ${project.id}`;
    return request.url.startsWith('/api/v1/projects') ? { project: view } : { workspace: view };
  });
  if (legacy) return;

  get('/api/v1/projects', {}, async ({ actor }) => ({ projects: await list(actor) }));
  get('/api/v1/projects/:projectId', {}, async ({ actor, params }) => ({
    project: await read(actor, params.projectId),
  }));
}
