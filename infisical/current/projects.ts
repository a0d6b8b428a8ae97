import { z } from 'zod';
import { projectSchema, type Backend, type Project } from '../backend';
import type { Session } from '../session';

const ROUTE = '/api/v1/projects';
const ADMIN_ROUTE = '/api/v1/organization-admin/projects';
const oneSchema = z.object({ project: projectSchema });
const allSchema = z.object({ projects: z.array(projectSchema) });
const adminListSchema = z.object({ projects: z.array(z.object({ id: z.string(), slug: z.string() })) });

async function read(session: Session, projectId: string): Promise<Project> {
  const call = { method: 'GET', route: `${ROUTE}/:projectId`, params: { projectId } } as const;
  return (await session.send(call, oneSchema)).project;
}

export const projects: Backend['projects'] = {
  async list(session) {
    return (await session.send({ method: 'GET', route: ROUTE }, allSchema)).projects;
  },

  read,

  async create(session, slug) {
    const body = { projectName: slug, slug, type: 'secret-manager' };
    return (await session.send({ method: 'POST', route: ROUTE, body }, oneSchema)).project;
  },

  async join(session, slug) {
    const query = { offset: '0', limit: '100' };
    const found = await session.send({ method: 'GET', route: ADMIN_ROUTE, query }, adminListSchema);
    const project = found.projects.find((candidate) => candidate.slug === slug);
    if (!project) return undefined;
    const route = `${ADMIN_ROUTE}/:projectId/grant-admin-access`;
    const params = { projectId: project.id };
    await session.send({ method: 'POST', route, params, body: {} }, z.unknown());
    return read(session, project.id);
  },

  environmentsRoute: `${ROUTE}/:projectId/environments`,
};

const identitySchema = z.object({ identity: z.object({ id: z.string(), name: z.string() }) });

export const identities: Backend['identities'] = {
  async idsByName(session, name) {
    const route = '/api/v1/identities/search';
    const body = { search: { name: { $eq: name } }, limit: 100 };
    const schema = z.object({ identities: z.array(identitySchema) });
    const found = (await session.send({ method: 'POST', route, body }, schema)).identities;
    return found.filter(({ identity }) => identity.name === name).map(({ identity }) => identity.id);
  },

  membershipRoute: `${ROUTE}/:projectId/memberships/identities/:identityId`,
};
