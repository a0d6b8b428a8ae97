import { z } from 'zod';
import { openProject } from '../access/project';
import { rule, type Rule } from '../access/privileges';
import type { Actor, Server } from '../http/context';
import { badRequest, notFound } from '../http/errors';
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

/** What single identities may do in a project beyond their roles. Not on the server of 2024. */
export function registerPrivilegeRoutes(server: Server): void {
  const { db, legacy } = server;
  if (legacy) return;
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
