import { z } from 'zod';
import { missingForMembers, openProject } from '../access/project-access';
import { badRequest, notFound } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import { findEnvironment } from '../model/folders';
import { createEnvironment, environmentsOf } from '../model/projects';

/** Environments of a project; the list is part of the project itself. */
export function registerEnvironmentRoutes(server: Server): void {
  const { db } = server;
  const urls = (rest: string) => [
    `/api/v1/workspace/:projectId/environments${rest}`,
    ...(isLegacy(server) ? [] : [`/api/v1/projects/:projectId/environments${rest}`]),
  ];

  route(server, {
    method: 'POST',
    url: urls(''),
    access: 'member',
    rate: 'write',
    body: z.object({
      name: z.string().trim().min(1),
      slug: z
        .string()
        .trim()
        .min(1)
        .max(64)
        .regex(/^[a-z0-9]+(?:[-_][a-z0-9]+)*$/, 'Slug must be a valid slug'),
      position: z.number().optional(),
    }),
    handle: async ({ actor, body, params }) => {
      const access = await openProject(server, actor, params.projectId ?? '', missingForMembers);
      access.require('create', 'environments');
      const { id } = access.project;
      if (await findEnvironment(db, id, body.slug)) {
        throw badRequest('Environment with slug already exist', 'CreateEnvironment');
      }
      const environment = await createEnvironment(db, id, body);
      const message = 'Successfully created new environment';
      return { message, workspace: id, ...(isLegacy(server) ? {} : { projectId: id }), environment };
    },
  });
  if (isLegacy(server)) return;

  route(server, {
    method: 'GET',
    url: '/api/v1/projects/:projectId/environments/:environmentId',
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => {
      const access = await openProject(server, actor, params.projectId ?? '', missingForMembers);
      access.require('read', 'environments');
      const all = await environmentsOf(db, access.project.id);
      const environment = all.find(({ id }) => id === params.environmentId);
      if (environment === undefined)
        throw notFound(`Environment with ID '${params.environmentId}' not found`);
      return { environment };
    },
  });
}
