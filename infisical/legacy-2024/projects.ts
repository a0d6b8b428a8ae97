import { z } from 'zod';
import { projectSchema, type Backend } from '../backend';
import { InfisicalError } from '../problem';

const isNamed500 = (error: unknown, name: RegExp): error is InfisicalError =>
  error instanceof InfisicalError && error.status === 500 && error.isNamed(name);

export const projects: Backend['projects'] = {
  async list(session) {
    const schema = z.object({ workspaces: z.array(projectSchema) });
    return (await session.get('/api/v1/workspace', schema)).workspaces;
  },

  async read(session, projectId) {
    const schema = z.object({ workspace: projectSchema });
    const params = { projectId };
    try {
      return (await session.get('/api/v1/workspace/:projectId', schema, { params })).workspace;
    } catch (error) {
      if (isNamed500(error, /find project by id/i))
        throw error.as({ kind: 'notFound' }, `${error.message}: no such project`);
      throw error;
    }
  },

  async create(session, slug) {
    const body = { projectName: slug, slug, type: 'secret-manager' };
    try {
      const schema = z.object({ project: projectSchema });
      return (await session.post('/api/v2/workspace', schema, { body })).project;
    } catch (error) {
      // a slug that is taken comes back as its database's error
      throw isNamed500(error, /^Create$/) ? error.as({ kind: 'conflict' }) : error;
    }
  },

  join: () => Promise.resolve(undefined),

  environmentsRoute: '/api/v1/workspace/:projectId/environments',
};

const PAGE = 100;
const pageSchema = z.object({
  identityMemberships: z.array(z.object({ identity: z.object({ id: z.string(), name: z.string() }) })),
  totalCount: z.number().default(0),
});

export const identities: Backend['identities'] = {
  async idsByName(session, name, organizationId) {
    const ids = new Set<string>();
    const route = '/api/v2/organizations/:organizationId/identity-memberships';
    for (let offset = 0; ; offset += PAGE) {
      const query = { offset: String(offset), limit: String(PAGE), search: name };
      const page = await session.get(route, pageSchema, { params: { organizationId }, query });
      const { identityMemberships, totalCount } = page;
      for (const { identity } of identityMemberships) if (identity.name === name) ids.add(identity.id);
      if (identityMemberships.length < PAGE || offset + PAGE >= totalCount) return [...ids];
    }
  },

  membershipRoute: '/api/v2/workspace/:projectId/identity-memberships/:identityId',
};
