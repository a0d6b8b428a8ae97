import { z } from 'zod';
import { openProject } from '../access/project';
import type { Server } from '../http/context';
import { badRequest, notFound } from '../http/errors';
import { routesOf, text } from '../http/route';
import { createEnvironment, environmentsOf, findEnvironment } from './project';

const newEnvironment = z.object({
  name: text.min(1),
  slug: text
    .min(1)
    .max(64)
    .regex(/^[a-z0-9]+(?:[-_][a-z0-9]+)*$/, 'Slug must be a valid slug'),
  position: z.number().optional(),
});

/** Environments of a project; the list is part of the project itself. */
export function registerEnvironmentRoutes(server: Server): void {
  const { db, legacy } = server;
  const { get, post } = routesOf(server);
  const today = '/api/v1/projects/:projectId/environments';
  const older = '/api/v1/workspace/:projectId/environments';

  post(legacy ? older : [older, today], { body: newEnvironment }, async ({ actor, body, params }) => {
    const access = await openProject(server, actor, params.projectId);
    access.require('create', 'environments');
    const { id } = access.project;
    if (await findEnvironment(db, id, body.slug)) {
      throw badRequest('Environment with slug already exist', 'CreateEnvironment');
    }
    const environment = await createEnvironment(db, id, body);
    const message = 'Successfully created new environment';
    return { message, workspace: id, ...(legacy ? {} : { projectId: id }), environment };
  });
  if (legacy) return;

  get(`${today}/:environmentId`, {}, async ({ actor, params }) => {
    const access = await openProject(server, actor, params.projectId);
    access.require('read', 'environments');
    const all = await environmentsOf(db, access.project.id);
    const environment = all.find(({ id }) => id === params.environmentId);
    if (environment === undefined) throw notFound(`Environment with ID '${params.environmentId}' not found`);
    return { environment };
  });
}
