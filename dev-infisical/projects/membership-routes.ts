import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { openProject, type ProjectAccess } from '../access/project';
import { isRole, outranks, type Action } from '../access/roles';
import type { Actor, Server } from '../http/context';
import { badRequest, forbidden, notFound } from '../http/errors';
import { routesOf, text } from '../http/route';
import { identityView, readIdentity, type Identity } from '../identities/identity';

interface Membership {
  id: string;
  projectId: string;
  identityId: string;
  roles: string[];
  createdAt: Date;
  updatedAt: Date;
}

const roles = z.object({ role: z.string(), isTemporary: z.literal(false).default(false) }).array();
const joining = z.object({ role: text.default('no-access'), roles: roles.optional() });

/** Identities in a project, with their roles. Today's path and the older ones share everything but a few messages. */
export function registerMembershipRoutes(server: Server): void {
  const { db, legacy } = server;
  const { get, post, patch, remove } = routesOf(server);
  const all = [
    '/api/v2/workspace/:projectId/identity-memberships',
    ...(legacy ? [] : ['/api/v1/projects/:projectId/memberships/identities']),
    ...(legacy ? [] : ['/api/v1/projects/:projectId/identity-memberships']),
  ];
  const one = all.map((url) => `${url}/:identityId`);

  const open = async (actor: Actor, projectId: string | undefined, action: Action) => {
    const access = await openProject(server, actor, projectId);
    access.require(action, 'identity');
    return access;
  };
  const read = (access: ProjectAccess, identityId: string | undefined) =>
    db.first<Membership>`
      select * from project_identities
      where "projectId" = ${access.project.id} and "identityId"::text = ${identityId}`;
  const view = ({ roles: names, ...row }: Membership, identity: Identity, { project }: ProjectAccess) => ({
    ...row,
    roles: roleViews(row.id, names),
    identity: identityView(identity, legacy),
    project: { id: project.id, name: project.name },
  });

  post(one, { body: joining }, async ({ actor, body, params }) => {
    const access = await open(actor, params.projectId, 'create');
    const identity = await readIdentity(db, params.identityId);
    if (identity?.orgId !== access.project.orgId) throw missing(params.identityId);
    const { id } = access.project;
    if (await read(access, identity.id)) {
      throw badRequest(
        legacy
          ? `Identity with id ${identity.id} already exists in project with id ${id}`
          : 'Identity is already a member',
      );
    }
    const wanted = checkedRoles(access, body.roles ?? [body]);
    const membership = await db.one<Membership>`
      insert into project_identities ("projectId", "identityId", roles) values (${id}, ${identity.id}, ${wanted})
      returning *`;
    return { identityMembership: view(membership, identity, access) };
  });

  patch(
    one,
    { body: z.object({ roles: roles.min(1) }) },
    async ({ actor, body, params: { projectId, identityId } }) => {
      const access = await open(actor, projectId, 'edit');
      const membership = await read(access, identityId);
      if (membership === undefined) {
        throw legacy
          ? notFound(`Identity with id ${identityId} doesn't exists in project with id ${access.project.id}`)
          : badRequest("Identity doesn't have membership");
      }
      const wanted = checkedRoles(access, body.roles);
      await db.query`update project_identities set roles = ${wanted} where id = ${membership.id}`;
      return { roles: roleViews(membership.id, wanted) };
    },
  );

  remove(one, {}, async ({ actor, params }) => {
    const access = await open(actor, params.projectId, 'delete');
    const membership = await read(access, params.identityId);
    if (membership === undefined) throw missing(params.identityId);
    await db.query`delete from project_identities where id = ${membership.id}`;
    return { identityMembership: membership };
  });

  get(all, {}, async ({ actor, params }) => {
    const access = await open(actor, params.projectId, 'read');
    const rows = await db.query<Membership & { identity: Identity }>`
      select m.*, to_jsonb(i) as identity from project_identities m join identities i on i.id = m."identityId"
      where m."projectId" = ${access.project.id} order by i.name`;
    const identityMemberships = rows.map(({ identity, ...row }) => view(row, identity, access));
    return { identityMemberships, totalCount: rows.length };
  });

  get(one, {}, async ({ actor, params: { projectId, identityId } }) => {
    const access = await open(actor, projectId, 'read');
    const membership = await read(access, identityId);
    const identity = await readIdentity(db, identityId);
    if (membership === undefined || identity === undefined) {
      throw notFound(
        legacy ? `Membership not found for identity ${identityId}` : 'Identity membership not found',
      );
    }
    return { identityMembership: view(membership, identity, access) };
  });
}

const missing = (id: string | undefined) => notFound(`Failed to find identity with id ${id}`);

function checkedRoles(access: ProjectAccess, given: { role: string }[]): string[] {
  const wanted = given.map(({ role }) => role);
  const unknown = wanted.find((role) => !isRole(role));
  if (unknown !== undefined) throw notFound(`Specified role was not found: ${unknown}`);
  if (!wanted.every((role) => outranks(access.roles, role))) {
    throw forbidden('Failed to change to a more privileged role');
  }
  return wanted;
}

const roleViews = (projectMembershipId: string, names: string[]) =>
  names.map((role) => ({
    id: randomUUID(),
    projectMembershipId,
    role,
    customRoleId: null,
    isTemporary: false,
  }));
