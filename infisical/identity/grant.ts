import { setTimeout as sleep } from 'node:timers/promises';
import stringify from 'safe-stable-stringify';
import { z } from 'zod';
import { unless } from '../problem';
import { listSecrets } from '../secrets/secrets';
import { backend } from '../server';
import type { Session } from '../session';

/** What an identity may do in its project, and where. */
export interface Grant {
  may: 'read' | 'write';
  environment: string;
  /** Folders with everything below them; all where there are none. */
  folders: readonly string[];
}

/**
 * How far a grant reaches in fact: as asked for; or through the whole project, on a server that can give no less to one
 * identity.
 */
export type Reach = 'as granted' | 'project';

interface Member {
  projectId: string;
  identityId: string;
}

/** Project roles that come with every Infisical: `viewer` reads all values, `member` also writes them. */
const ROLE = { read: 'viewer', write: 'member' } as const;
const NO_ROLE = 'no-access';
/** Other shapes of the request, a plan without privileges, an administrator that may not give them. */
const NOT_GIVEN = ['invalid', 'forbidden', 'notFound', 'routeMissing'] as const;
const PRIVILEGE = 'onex-bootstrap';

/** Gives the identity exactly this in the project: a privilege of its own where the server knows them, else a role. */
export async function ensureGrant(
  session: Session,
  member: Member,
  grant: Grant,
): Promise<{ changed: boolean; reach: Reach }> {
  const { route } = await backend(session.http, 'privileges');
  if (route === undefined)
    return { changed: await ensureRole(session, member, ROLE[grant.may]), reach: 'project' };
  // a role is lost only once the privilege is there: whoever reads meanwhile goes on
  const joined =
    (await rolesOf(session, member)) === undefined && (await ensureRole(session, member, NO_ROLE));
  const granted = await unless(ensurePrivilege(session, route, member, grant), ...NOT_GIVEN);
  const role = granted === undefined ? ROLE[grant.may] : NO_ROLE;
  const changed = joined
    ? role !== NO_ROLE && ensureRole(session, member, role)
    : ensureRole(session, member, role);
  return {
    changed: (await changed) || joined || granted === true,
    reach: granted === undefined ? 'project' : 'as granted',
  };
}

const rolesSchema = z.object({
  identityMembership: z.object({ roles: z.array(z.object({ role: z.string() })) }),
});

const membershipRoute = async (session: Session) =>
  (await backend(session.http, 'identities')).membershipRoute;

/** Undefined for an identity that is no member. */
async function rolesOf(session: Session, params: Member): Promise<string[] | undefined> {
  const route = await membershipRoute(session);
  const found = await unless(session.get(route, rolesSchema, { params: { ...params } }), 'notFound');
  return found?.identityMembership.roles.map(({ role }) => role);
}

const IN_FORCE_MS = 15_000;
const LOOK_EVERY_MS = 500;

/**
 * Waits until what an identity was granted counts: servers of today go on with what they knew of its rights for ten seconds.
 * One that still refuses after a longer time is told by whoever reads.
 */
export async function untilInForce(
  session: Session,
  projectId: string,
  { environment, folders }: Grant,
): Promise<void> {
  const until = performance.now() + IN_FORCE_MS;
  const isRefused = async (folder: string) =>
    (await unless(listSecrets(session, { projectId, environment }, folder), 'forbidden')) === undefined;
  for (const folder of folders)
    while ((await isRefused(folder)) && performance.now() < until) await sleep(LOOK_EVERY_MS);
}

/** Gives the identity exactly this role. Whether that changed anything. */
export async function ensureRole(session: Session, member: Member, role: string): Promise<boolean> {
  const route = await membershipRoute(session);
  const body = { roles: [{ role }] };
  const params = { ...member };
  const roles = await rolesOf(session, member);
  if (roles === undefined) {
    const added = await unless(session.post(route, z.unknown(), { params, body }), 'conflict');
    if (added !== undefined) return true;
  }
  if (roles?.length === 1 && roles[0] === role) return false;
  await session.send({ method: 'PATCH', route, params, body }, z.unknown());
  return true;
}

const ruleSchema = z.object({
  subject: z.string(),
  action: z.union([z.string(), z.array(z.string())]),
  conditions: z.unknown(),
});
type Rule = z.infer<typeof ruleSchema>;
// the list leaves out what each of them permits
const listSchema = z.object({ privileges: z.array(z.object({ id: z.string(), slug: z.string() })) });
const privilegeSchema = z.object({ privilege: z.object({ permissions: z.array(ruleSchema) }) });

async function ensurePrivilege(session: Session, route: string, member: Member, grant: Grant) {
  const permissions = rulesOf(grant);
  const { privileges } = await session.get(route, listSchema, { query: { ...member } });
  const ours = privileges.find(({ slug }) => slug === PRIVILEGE);
  const type = { isTemporary: false };
  if (ours === undefined) {
    const body = { ...member, slug: PRIVILEGE, permissions, type };
    const made = await unless(session.post(route, z.unknown(), { body }), 'conflict');
    if (made !== undefined) return true;
    return ensurePrivilege(session, route, member, grant);
  }
  const its = { route: `${route}/:id`, params: { id: ours.id } };
  const { privilege } = await session.get(its.route, privilegeSchema, { params: its.params });
  if (sameRules(privilege.permissions, permissions)) return false;
  const body = { slug: PRIVILEGE, permissions, type };
  await session.send({ method: 'PATCH', ...its, body }, z.unknown());
  return true;
}

const SECRETS = {
  read: ['describeSecret', 'readValue'],
  write: ['describeSecret', 'readValue', 'create', 'edit'],
};
const FOLDERS = { read: ['read'], write: ['read', 'create'] };

function rulesOf({ may, environment, folders }: Grant): Rule[] {
  const globs = folders.length === 0 ? ['/**'] : folders.map((folder) => `${folder}/**`);
  return globs.flatMap((glob) => {
    const conditions = { environment: { $eq: environment }, secretPath: { $glob: glob } };
    return [
      { subject: 'secrets', action: SECRETS[may], conditions },
      { subject: 'secret-folders', action: FOLDERS[may], conditions },
      { subject: 'secret-imports', action: ['read'], conditions },
    ];
  });
}

/** The server may give them back in another order. */
function sameRules(some: readonly Rule[], others: readonly Rule[]): boolean {
  const text = (rules: readonly Rule[]) =>
    rules
      .map(({ subject, action, conditions }) =>
        stringify({ subject, action: [action].flat().sort(), conditions }),
      )
      .sort()
      .join();
  return text(some) === text(others);
}
