import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { missingForMembers, openProject, type ProjectAccess } from '../access/project-access';
import { isRole, outranks } from '../access/roles';
import { badRequest, forbidden, notFound } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import { identityView, readIdentity, type Identity } from '../model/identities';
import { first, one } from '../store/database';

interface Membership {
  id: string;
  projectId: string;
  identityId: string;
  roles: string[];
  createdAt: Date;
  updatedAt: Date;
}

const roles = z.object({ role: z.string(), isTemporary: z.literal(false).default(false) }).array();

/** Identities in a project, with their roles. Today's path and the older ones share everything but a few messages. */
export function registerMembershipRoutes(server: Server): void {
  const { db } = server;
  const legacy = isLegacy(server);
  const urls = (rest: string) => [
    `/api/v2/workspace/:projectId/identity-memberships${rest}`,
    ...(legacy
      ? []
      : [
          `/api/v1/projects/:projectId/memberships/identities${rest}`,
          `/api/v1/projects/:projectId/identity-memberships${rest}`,
        ]),
  ];

  route(server, {
    method: 'POST',
    url: urls('/:identityId'),
    access: 'member',
    rate: 'write',
    body: z.object({ role: z.string().trim().default('no-access'), roles: roles.optional() }),
    handle: async ({ actor, body, params }) => {
      const access = await openProject(server, actor, params.projectId ?? '', missingForMembers);
      access.require('create', 'identity');
      const identity = await readIdentity(db, params.identityId ?? '');
      if (identity?.orgId !== access.project.orgId) throw missing(params.identityId);
      if (await read(access, identity.id)) {
        const { id } = access.project;
        throw badRequest(
          legacy
            ? `Identity with id ${identity.id} already exists in project with id ${id}`
            : 'Identity is already a member',
        );
      }
      const wanted = checkedRoles(access, body.roles?.map(({ role }) => role) ?? [body.role]);
      const membership = await one<Membership>(
        db,
        'insert into project_identities ("projectId", "identityId", roles) values ($1, $2, $3) returning *',
        [access.project.id, identity.id, wanted],
      );
      return { identityMembership: view(membership, identity, access) };
    },
  });

  route(server, {
    method: 'PATCH',
    url: urls('/:identityId'),
    access: 'member',
    rate: 'write',
    body: z.object({ roles: roles.min(1) }),
    handle: async ({ actor, body, params }) => {
      const access = await openProject(server, actor, params.projectId ?? '', missingForMembers);
      access.require('edit', 'identity');
      const membership = await read(access, params.identityId);
      if (membership === undefined) {
        throw legacy
          ? notFound(
              `Identity with id ${params.identityId} doesn't exists in project with id ${access.project.id}`,
            )
          : badRequest("Identity doesn't have membership");
      }
      const wanted = checkedRoles(
        access,
        body.roles.map(({ role }) => role),
      );
      await db.query('update project_identities set roles = $2 where id = $1', [membership.id, wanted]);
      return { roles: roleViews(membership.id, wanted) };
    },
  });

  route(server, {
    method: 'DELETE',
    url: urls('/:identityId'),
    access: 'member',
    rate: 'write',
    handle: async ({ actor, params }) => {
      const access = await openProject(server, actor, params.projectId ?? '', missingForMembers);
      access.require('delete', 'identity');
      const membership = await read(access, params.identityId);
      if (membership === undefined) throw missing(params.identityId);
      await db.query('delete from project_identities where id = $1', [membership.id]);
      return { identityMembership: membership };
    },
  });

  route(server, {
    method: 'GET',
    url: urls(''),
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => {
      const access = await openProject(server, actor, params.projectId ?? '', missingForMembers);
      access.require('read', 'identity');
      const rows = await db.query<Membership & { identity: Identity }>(
        `select m.*, to_jsonb(i) as identity from project_identities m join identities i on i.id = m."identityId"
         where m."projectId" = $1 order by i.name`,
        [access.project.id],
      );
      const identityMemberships = rows.map(({ identity, ...row }) => view(row, identity, access));
      return { identityMemberships, totalCount: rows.length };
    },
  });

  route(server, {
    method: 'GET',
    url: urls('/:identityId'),
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => {
      const access = await openProject(server, actor, params.projectId ?? '', missingForMembers);
      access.require('read', 'identity');
      const membership = await read(access, params.identityId);
      const identity = await readIdentity(db, params.identityId ?? '');
      if (membership === undefined || identity === undefined) {
        throw notFound(
          legacy ? `Membership not found for identity ${params.identityId}` : 'Identity membership not found',
        );
      }
      return { identityMembership: view(membership, identity, access) };
    },
  });

  const read = (access: ProjectAccess, identityId: string | undefined) =>
    first<Membership>(
      db,
      'select * from project_identities where "projectId" = $1 and "identityId"::text = $2',
      [access.project.id, identityId],
    );
  const view = ({ roles: names, ...row }: Membership, identity: Identity, access: ProjectAccess) => ({
    ...row,
    roles: roleViews(row.id, names),
    identity: identityView(identity, legacy),
    project: { id: access.project.id, name: access.project.name },
  });
}

const missing = (id: string | undefined) => notFound(`Failed to find identity with id ${id}`);

function checkedRoles(access: ProjectAccess, wanted: string[]): string[] {
  const unknown = wanted.find((role) => !isRole(role));
  if (unknown !== undefined) throw notFound(`Specified role was not found: ${unknown}`);
  if (!wanted.every((role) => outranks(access.roles, role))) {
    throw forbidden('Failed to change to a more privileged role');
  }
  return wanted;
}

function roleViews(projectMembershipId: string, names: string[]) {
  return names.map((role) => ({
    id: randomUUID(),
    projectMembershipId,
    role,
    customRoleId: null,
    isTemporary: false,
  }));
}
