import { z } from 'zod';
import { projectSchema, type Backend, type Project } from '../backend';
import type { Session } from '../session';

const ROUTE = '/api/v1/projects';
const ADMIN_ROUTE = '/api/v1/organization-admin/projects';
const oneSchema = z.object({ project: projectSchema });
const allSchema = z.object({ projects: z.array(projectSchema) });
const adminListSchema = z.object({ projects: z.array(z.object({ id: z.string(), slug: z.string() })) });

async function read(session: Session, projectId: string): Promise<Project> {
  return (await session.get(`${ROUTE}/:projectId`, oneSchema, { params: { projectId } })).project;
}

export const projects: Backend['projects'] = {
  async list(session) {
    return (await session.get(ROUTE, allSchema)).projects;
  },

  read,

  async create(session, slug) {
    const body = { projectName: slug, slug, type: 'secret-manager' };
    return (await session.post(ROUTE, oneSchema, { body })).project;
  },

  async join(session, slug) {
    const query = { offset: '0', limit: '100' };
    const found = await session.get(ADMIN_ROUTE, adminListSchema, { query });
    const project = found.projects.find((candidate) => candidate.slug === slug);
    if (!project) return undefined;
    const params = { projectId: project.id };
    await session.post(`${ADMIN_ROUTE}/:projectId/grant-admin-access`, z.unknown(), { params });
    return read(session, project.id);
  },

  environmentsRoute: `${ROUTE}/:projectId/environments`,
};

const identitySchema = z.object({ identity: z.object({ id: z.string(), name: z.string() }) });

export const identities: Backend['identities'] = {
  async idsByName(session, name) {
    const body = { search: { name: { $eq: name } }, limit: 100 };
    const schema = z.object({ identities: z.array(identitySchema) });
    const found = (await session.post('/api/v1/identities/search', schema, { body })).identities;
    return found.filter(({ identity }) => identity.name === name).map(({ identity }) => identity.id);
  },

  membershipRoute: `${ROUTE}/:projectId/memberships/identities/:identityId`,
};

export const privileges: Backend['privileges'] = { route: '/api/v2/identity-project-additional-privilege' };
