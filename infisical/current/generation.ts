import { z } from 'zod';
import { Secret } from '../../contracts/core/secret';
import {
  assertReadable,
  chunkWrites,
  listBy,
  projectSchema,
  removalsBy,
  writeItem,
  type Account,
  type Backend,
  type BootstrapToken,
  type Generation,
  type Project,
} from '../backend';
import { Deadline, type InfisicalHttp } from '../http';
import { globsOf, PRIVILEGE, privilegeSchema, sameRules, type Grant, type Rule } from '../privilege';
import { isInfisicalError, unless } from '../problem';
import type { Session } from '../session';

const bootstrapSchema = z.object({
  organization: z.object({ id: z.string() }),
  identity: z.object({ credentials: z.object({ token: z.string() }) }),
});
const loginSchema = z.object({ accessToken: z.string().min(1) });

async function setUp(
  http: InfisicalHttp,
  { email, password, organization }: Account,
): Promise<{ token: BootstrapToken }> {
  const body = { email, password: password.reveal(), organization };
  const route = '/api/v1/admin/bootstrap';
  const call = { method: 'POST', route, body, deadline: Deadline.bootstrap } as const;
  const answer = await http.send(call, bootstrapSchema);
  const { organization: made, identity } = answer;
  return { token: { organizationId: made.id, token: new Secret(identity.credentials.token) } };
}

async function logIn(http: InfisicalHttp, { email, password }: Account): Promise<Secret> {
  const body = { email, password: password.reveal() };
  try {
    const answer = await http.send({ method: 'POST', route: '/api/v3/auth/login', body }, loginSchema);
    return new Secret(answer.accessToken);
  } catch (error) {
    // unknown account, wrong password
    throw isInfisicalError(error, 'invalid', 'notFound') ? error.as({ kind: 'unauthorised' }) : error;
  }
}

async function changePassword(session: Session, { password }: Account, next: Secret): Promise<void> {
  const body = { oldPassword: password.reveal(), newPassword: next.reveal() };
  await session.post('/api/v2/password/user/password-reset', z.unknown().optional(), { body }); // says nothing
}

const ROUTE = '/api/v1/projects';
const ADMIN_ROUTE = '/api/v1/organization-admin/projects';
const oneSchema = z.object({ project: projectSchema });
const allSchema = z.object({ projects: z.array(projectSchema) });
const adminListSchema = z.object({ projects: z.array(z.object({ id: z.string(), slug: z.string() })) });

async function read(session: Session, projectId: string): Promise<Project> {
  return (await session.get(`${ROUTE}/:projectId`, oneSchema, { params: { projectId } })).project;
}

const projects: Backend['projects'] = {
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

const identities: Backend['identities'] = {
  async idsByName(session, name) {
    const body = { search: { name: { $eq: name } }, limit: 100 };
    const schema = z.object({ identities: z.array(identitySchema) });
    const found = (await session.post('/api/v1/identities/search', schema, { body })).identities;
    return found.filter(({ identity }) => identity.name === name).map(({ identity }) => identity.id);
  },

  membershipRoute: `${ROUTE}/:projectId/memberships/identities/:identityId`,
};

const PRIVILEGES = '/api/v2/identity-project-additional-privilege';
// the list leaves out what each of them permits
const privilegesSchema = z.object({
  privileges: z.array(z.object({ id: z.string(), slug: z.string() })),
});

const privileges: Backend['privileges'] = {
  route: PRIVILEGES,

  async ensure(session, member, grant, slug) {
    const permissions = rulesOf(grant);
    const found = await session.get(PRIVILEGES, privilegesSchema, { query: { ...member } });
    const ours = found.privileges.find(({ slug }) => slug === PRIVILEGE);
    const type = { isTemporary: false };
    if (ours === undefined) {
      const body = { ...member, slug: PRIVILEGE, permissions, type };
      const made = await unless(session.post(PRIVILEGES, z.unknown(), { body }), 'conflict');
      return made !== undefined || privileges.ensure(session, member, grant, slug);
    }
    const its = { route: `${PRIVILEGES}/:id`, params: { id: ours.id } };
    const { privilege } = await session.get(its.route, privilegeSchema, { params: its.params });
    if (sameRules(privilege.permissions, permissions)) return false;
    const body = { slug: PRIVILEGE, permissions, type };
    await session.send({ method: 'PATCH', ...its, body }, z.unknown());
    return true;
  },
};

const MAY_SECRETS = {
  read: ['describeSecret', 'readValue'],
  write: ['describeSecret', 'readValue', 'create', 'edit'],
};
const MAY_FOLDERS = { read: ['read'], write: ['read', 'create'] };

const rulesOf = (grant: Grant): Rule[] =>
  globsOf(grant).flatMap((glob) => {
    const conditions = { environment: { $eq: grant.environment }, secretPath: { $glob: glob } };
    return [
      { subject: 'secrets', action: MAY_SECRETS[grant.may], conditions },
      { subject: 'secret-folders', action: MAY_FOLDERS[grant.may], conditions },
      { subject: 'secret-imports', action: ['read'], conditions },
    ];
  });

const foldersSchema = z.object({
  folders: z.array(z.object({ id: z.string(), name: z.string(), parentId: z.string().nullish() })),
});
const FOLDERS = '/api/v2/folders';
const SECRETS = '/api/v4/secrets';

const folders: Backend['folders'] = {
  /** Every folder of the environment, in one request. */
  async present(session, { projectId, environment }) {
    const query = { projectId, environment, path: '/', recursive: 'true' };
    const found = (await session.get(FOLDERS, foldersSchema, { query, deadline: Deadline.batch })).folders;
    const byId = new Map(found.map((folder) => [folder.id, folder]));
    const pathOf = (id: string | null | undefined): string => {
      const folder = byId.get(id ?? '');
      return folder ? `${pathOf(folder.parentId)}/${folder.name}` : '';
    };
    return new Set(found.map(({ id }) => pathOf(id)));
  },

  creation: ({ projectId, environment }, { path, name }) => ({
    method: 'POST',
    route: FOLDERS,
    body: { projectId, environment, path, name },
  }),
};

const secrets: Backend['secrets'] = {
  async list(session, { projectId, environment }, path, expand = false) {
    const own = { projectId, includeImports: String(expand) };
    const rows = await listBy(session, SECRETS, own, { environment, path, expand });
    if (rows.length === 0)
      await assertReadable(session, SECRETS, { projectId, environment, secretPath: path });
    return rows;
  },

  batches: ({ projectId, environment }, writes) =>
    chunkWrites(writes).map((chunk) => {
      const items = chunk.map((write) => ({ ...writeItem(write), secretPath: write.folder }));
      const body = { projectId, environment, secretPath: '/', mode: 'upsert', secrets: items };
      const route = `${SECRETS}/batch`;
      return { writes: chunk, call: { method: 'PATCH', route, body, deadline: Deadline.batch } };
    }),

  removals: ({ projectId, environment }, places) =>
    removalsBy(`${SECRETS}/batch`, { projectId, environment }, places),
};

/**
 * Servers with v4 secrets and `/api/v1/projects`, since 2025. Unlike those of 2024 their reads expand references and add
 * imports unless they are told not to, by another name (`includeImports`); a folder that is not there is a 404, invalid
 * input a 422, a rate limit a 429; a token of a revoked client secret is dead; several folders are written in one request.
 */
export const current: Generation = {
  name: 'v4',
  backend: { setUp, logIn, changePassword, projects, identities, privileges, folders, secrets },
  knownBy: {
    // an empty body fails validation before the handler runs, whether the instance is set up or not
    setUp: ['POST', '/api/v1/admin/bootstrap'],
    logIn: ['POST', '/api/v3/auth/login'],
    changePassword: ['POST', '/api/v2/password/user/password-reset'],
    projects: ['GET', '/api/v1/projects'],
    identities: ['GET', '/api/v1/projects/any/memberships/identities/any'],
    privileges: ['GET', '/api/v2/identity-project-additional-privilege'],
    folders: ['GET', '/api/v2/folders'],
    secrets: ['GET', '/api/v4/secrets'],
  },
};
