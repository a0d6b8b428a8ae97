import { z } from 'zod';
import { openProject } from '../access/project';
import { olderRule, rule, type Rule } from '../access/privileges';
import type { Actor, Server } from '../http/context';
import { badRequest, notFound, unauthorized } from '../http/errors';
import { findProject } from './project';
import { routesOf, text } from '../http/route';

interface Privilege {
  id: string;
  projectId: string;
  identityId: string;
  name: string;
  permissions: Rule[];
}

const URL = '/api/v2/identity-project-additional-privilege';
const type = z.object({ isTemporary: z.literal(false) });
const permissions = rule.array();

/** What single identities may do in a project beyond their roles. */
export function registerPrivilegeRoutes(server: Server): void {
  const { db } = server;
  if (server.legacy) return registerOlderRoutes(server);
  const { get, post, patch, remove } = routesOf(server);

  const open = async (actor: Actor, projectId: string, action: 'read' | 'edit') => {
    const access = await openProject(server, actor, projectId);
    access.require(action, 'identity');
  };
  const opened = async (actor: Actor, id: string | undefined, action: 'read' | 'edit') => {
    const found = await db.first<Privilege>`select * from privileges where id::text = ${id}`;
    if (found === undefined) throw notFound(`Additional privilege with id ${id} doesn't exist`);
    await open(actor, found.projectId, action);
    return found;
  };
  const view = <T extends { name: string }>({ name, ...row }: T) => ({
    ...row,
    slug: name,
    isTemporary: false,
  });

  const created = z.object({
    identityId: text.min(1),
    projectId: text.min(1),
    slug: text.min(1).max(60),
    permissions,
    type,
  });
  post(
    URL,
    { body: created },
    async ({ actor, body: { identityId, projectId, slug, permissions: rules } }) => {
      await open(actor, projectId, 'edit');
      const member = await db.first`
      select id from project_identities where "projectId"::text = ${projectId} and "identityId"::text = ${identityId}`;
      if (member === undefined)
        throw notFound(`Identity with id ${identityId} not found in project with id ${projectId}`);
      const twin = await db.first`
      select id from privileges
      where "projectId"::text = ${projectId} and "identityId"::text = ${identityId} and name = ${slug}`;
      if (twin !== undefined) throw badRequest(`Additional privilege with name ${slug} exists`);
      const privilege = await db.one<Privilege>`
      insert into privileges ("projectId", "identityId", name, permissions)
      values (${projectId}, ${identityId}, ${slug}, ${JSON.stringify(rules)}) returning *`;
      return { privilege: view(privilege) };
    },
  );

  const changed = z.object({
    slug: text.min(1).max(60).optional(),
    permissions: permissions.optional(),
    type: type.optional(),
  });
  patch(`${URL}/:id`, { body: changed }, async ({ actor, body, params }) => {
    const { id, name, permissions: before } = await opened(actor, params.id, 'edit');
    const rules = JSON.stringify(body.permissions ?? before);
    const privilege = await db.one<Privilege>`
      update privileges set name = ${body.slug ?? name}, permissions = ${rules} where id = ${id} returning *`;
    return { privilege: view(privilege) };
  });

  remove(`${URL}/:id`, {}, async ({ actor, params }) => {
    const privilege = await opened(actor, params.id, 'edit');
    await db.query`delete from privileges where id = ${privilege.id}`;
    return { privilege: view(privilege) };
  });

  const listed = z.object({ identityId: text.min(1), projectId: text.min(1) });
  get(URL, { query: listed }, async ({ actor, query: { identityId, projectId } }) => {
    await open(actor, projectId, 'read');
    const rows = await db.query<Privilege>`
      select * from privileges where "projectId"::text = ${projectId} and "identityId"::text = ${identityId}`;
    return { privileges: rows.map(({ permissions: _, ...row }) => view(row)) };
  });

  get(`${URL}/:id`, {}, async ({ actor, params }) => ({
    privilege: view(await opened(actor, params.id, 'read')),
  }));
}

const OLDER_URL = '/api/v1/additional-privilege/identity';
const olderMember = { identityId: z.string().min(1), projectSlug: z.string().min(1) };

/** Those of 2024: projects and privileges go by their slugs. */
function registerOlderRoutes(server: Server): void {
  const { db } = server;
  const { get, post, patch, remove } = routesOf(server);

  interface Member {
    identityId: string;
    projectSlug: string;
  }
  const open = async (actor: Actor, { identityId, projectSlug }: Member) => {
    const project = await findProject(db, actor.orgId ?? '', projectSlug);
    if (project === undefined) throw notFound('Project not found');
    const member = await db.first`
      select id from project_identities
      where "projectId"::text = ${project.id} and "identityId"::text = ${identityId}`;
    if (member === undefined) throw notFound(`Failed to find identity with id ${identityId}`);
    (await openProject(server, actor, project.id)).require('edit', 'identity');
    return project.id;
  };
  const found = (projectId: string, identityId: string, slug: string | undefined) =>
    db.first<Privilege>`
      select * from privileges
      where "projectId"::text = ${projectId} and "identityId"::text = ${identityId} and name = ${slug}`;
  const opened = async (actor: Actor, member: Member, slug: string | undefined) => {
    const privilege = await found(await open(actor, member), member.identityId, slug);
    if (privilege === undefined) throw notFound('Identity additional privilege not found');
    return privilege;
  };
  const view = ({ name, projectId: _, identityId: __, ...row }: Privilege) => ({
    ...row,
    slug: name,
    isTemporary: false,
  });

  const rules = olderRule.array().optional();
  const slug = text.min(1).max(60);
  post(
    `${OLDER_URL}/permanent`,
    { body: z.object({ ...olderMember, slug, permissions: rules }) },
    async ({ actor, body }) => {
      if (body.permissions === undefined)
        throw unauthorized('Permission or privilegePermission must be provided');
      const projectId = await open(actor, body);
      if ((await found(projectId, body.identityId, body.slug)) !== undefined)
        throw badRequest('Additional privilege of provided slug exist');
      const privilege = await db.one<Privilege>`
        insert into privileges ("projectId", "identityId", name, permissions)
        values (${projectId}, ${body.identityId}, ${body.slug}, ${JSON.stringify(body.permissions)}) returning *`;
      return { privilege: view(privilege) };
    },
  );

  const details = z.object({ slug: slug.optional(), permissions: rules });
  const changed = z.object({ ...olderMember, privilegeSlug: text.min(1), privilegeDetails: details });
  patch(OLDER_URL, { body: changed }, async ({ actor, body }) => {
    const { slug: name, permissions } = body.privilegeDetails;
    if (permissions === undefined) throw unauthorized('Permission or privilegePermission must be provided');
    const before = await opened(actor, body, body.privilegeSlug);
    const privilege = await db.one<Privilege>`
      update privileges set name = ${name ?? before.name}, permissions = ${JSON.stringify(permissions)}
      where id = ${before.id} returning *`;
    return { privilege: view(privilege) };
  });

  remove(
    OLDER_URL,
    { body: z.object({ ...olderMember, privilegeSlug: text.min(1) }) },
    async ({ actor, body }) => {
      const privilege = await opened(actor, body, body.privilegeSlug);
      await db.query`delete from privileges where id = ${privilege.id}`;
      return { privilege: view(privilege) };
    },
  );

  get(`${OLDER_URL}/:slug`, { query: z.object(olderMember) }, async ({ actor, query, params }) => ({
    privilege: view(await opened(actor, query, params.slug)),
  }));

  get(OLDER_URL, { query: z.object(olderMember) }, async ({ actor, query }) => {
    const projectId = await open(actor, query);
    const rows = await db.query<Privilege>`
      select * from privileges where "projectId"::text = ${projectId} and "identityId"::text = ${query.identityId}`;
    return { privileges: rows.map(view) };
  });
}
