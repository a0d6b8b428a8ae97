import { z } from 'zod';
import {
  assertReadable,
  chunkWrites,
  listBy,
  projectSchema,
  removalsBy,
  writeItem,
  type Backend,
  type Generation,
  type Scope,
} from '../backend';
import { globsOf, PRIVILEGE, privilegeSchema, sameRules, type Grant, type Rule } from '../privilege';
import { InfisicalError, isInfisicalError, unless } from '../problem';
import { grouped } from '../../contracts/core/record';
import { Deadline } from '../http';
import type { Session } from '../session';
import { changePassword, logIn, setUp } from './administrator';

const isNamed500 = (error: unknown, name: RegExp): error is InfisicalError =>
  error instanceof InfisicalError && error.status === 500 && error.isNamed(name);

const projects: Backend['projects'] = {
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

const identities: Backend['identities'] = {
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

const PRIVILEGES = '/api/v1/additional-privilege/identity';

const privileges: Backend['privileges'] = {
  route: PRIVILEGES,

  async ensure(session, given, grant, slug) {
    const member = { identityId: given.identityId, projectSlug: await slug() };
    const permissions = rulesOf(grant);
    const its = { params: { slug: PRIVILEGE }, query: member };
    const found = await unless(session.get(`${PRIVILEGES}/:slug`, privilegeSchema, its), 'notFound');
    if (found === undefined) {
      const body = { ...member, slug: PRIVILEGE, permissions };
      const made = await unless(session.post(`${PRIVILEGES}/permanent`, z.unknown(), { body }), 'conflict');
      return made !== undefined || privileges.ensure(session, given, grant, slug);
    }
    if (sameRules(found.privilege.permissions, permissions)) return false;
    const body = { ...member, privilegeSlug: PRIVILEGE, privilegeDetails: { permissions } };
    await session.send({ method: 'PATCH', route: PRIVILEGES, body }, z.unknown());
    return true;
  },
};

const MAY = { read: ['read'], write: ['read', 'create', 'edit'] };

/** Folders go with secrets here, for whoever has no rule of theirs. */
const rulesOf = (grant: Grant): Rule[] =>
  globsOf(grant).flatMap((glob) =>
    MAY[grant.may].map((action) => {
      const conditions = { environment: grant.environment, secretPath: { $glob: glob } };
      return { subject: 'secrets', action, conditions };
    }),
  );

const FOLDERS = '/api/v1/folders';

const folders: Backend['folders'] = {
  /** One request for each parent that exists: these routes know no recursion. */
  async present(session, scope, wanted) {
    const present = new Set(['']);
    const parents = [...new Set(wanted.flatMap(ancestorsOf))].sort();
    for (const parent of parents) {
      if (!present.has(parent)) continue;
      for (const name of await childrenOf(session, scope, parent || '/')) present.add(`${parent}/${name}`);
    }
    return present;
  },

  creation: ({ projectId, environment }, { path, name }) => ({
    method: 'POST',
    route: FOLDERS,
    body: { workspaceId: projectId, environment, path, name },
  }),
};

/** '' (the root), '/a', '/a/b' for '/a/b/c'. */
const ancestorsOf = (path: string) =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, index, parts) => parts.slice(0, index + 1).join('/'));

async function childrenOf(
  session: Session,
  { projectId, environment }: Scope,
  path: string,
): Promise<string[]> {
  const query = { workspaceId: projectId, environment, path };
  const schema = z.object({ folders: z.array(z.object({ name: z.string() })) });
  try {
    const found = await session.get(FOLDERS, schema, { query });
    return found.folders.map(({ name }) => name);
  } catch (error) {
    // newer servers that still have v1 answer 404 to a path that is not there; an environment is another matter
    if (isInfisicalError(error, 'notFound') && !error.says(/environment/i)) return [];
    throw error;
  }
}

const SECRETS = '/api/v3/secrets/raw';

const secrets: Backend['secrets'] = {
  async list(session, { projectId, environment }, path, expand = false) {
    try {
      const workspace = { workspaceId: projectId, include_imports: String(expand) };
      const rows = await listBy(session, SECRETS, workspace, { environment, path, expand });
      if (rows.length === 0 && !expand)
        await assertReadable(session, SECRETS, { workspaceId: projectId, environment, secretPath: path });
      return rows;
    } catch (error) {
      if (!isInfisicalError(error, 'unavailable') || error.status !== 500) throw error;
      // an unknown environment is a 500 here, as is every fault
      const { environments } = await projects.read(session, projectId);
      if (!environments.some(({ slug }) => slug === environment)) return [];
      const explained = `the environment ${environment} exists, so this is a fault of the server: see its log`;
      throw error.as(error.problem, `${error.message} (${explained})`);
    }
  },

  batches({ projectId, environment }, writes) {
    const groups = grouped(writes, ({ action, folder }) => `${action} ${folder}`);
    return [...groups.values()].flatMap((group) => {
      const { action, folder: secretPath } = group[0]!;
      const method = action === 'CREATE' ? ('POST' as const) : ('PATCH' as const);
      return chunkWrites(group).map((chunk) => {
        const body = { workspaceId: projectId, environment, secretPath, secrets: chunk.map(writeItem) };
        const route = '/api/v3/secrets/batch/raw';
        return { writes: chunk, call: { method, route, body, deadline: Deadline.batch } };
      });
    });
  },

  removals: ({ projectId: workspaceId, environment }, places) =>
    removalsBy('/api/v3/secrets/batch/raw', { workspaceId, environment }, places),
};

/**
 * Servers of 2024-10 and later: v3 secrets, v1 folders, "workspaces", an account made and used by SRP. A folder that is not
 * there is an empty list, invalid input a 401, a rate limit, a wrong password and every fault a 500.
 */
export const legacy2024: Omit<Generation, 'knownBy'> = {
  name: 'v3',
  backend: {
    ...{ projects, identities, privileges, folders, secrets },
    // by calls: where its code is loaded when it is used, naming it would load it
    setUp: (...given) => setUp(...given),
    logIn: (...given) => logIn(...given),
    changePassword: (...given) => changePassword(...given),
  },
};
