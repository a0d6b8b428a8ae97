import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { InfisicalHttp } from '../http';
import type { Grant, Member } from '../privilege';
import { unless } from '../problem';
import { listSecrets } from '../secrets/secrets';
import { backend } from '../server';
import { readProject } from './project';
import type { Session } from '../session';

/**
 * How far a grant reaches in fact: as asked for; or through the whole project, on a server that can give no less to one
 * identity.
 */
export type Reach = 'as granted' | 'project';

/** Project roles that come with every Infisical: `viewer` reads all values, `member` also writes them. */
const ROLE = { read: 'viewer', write: 'member' } as const;
const NO_ROLE = 'no-access';
/** Other shapes of the request, a plan without privileges, an administrator that may not give them. */
const NOT_GIVEN = ['invalid', 'forbidden', 'notFound', 'routeMissing'] as const;

/** Gives the identity exactly this in the project: a privilege of its own where the server knows them, else a role. */
export async function ensureGrant(
  session: Session,
  member: Member,
  grant: Grant,
): Promise<{ changed: boolean; reach: Reach; givenBy: string }> {
  const privileges = await backend(session.http, 'privileges');
  const slug = async () => (await readProject(session, member.projectId)).slug;
  // a role is lost only once the privilege is there: whoever reads meanwhile goes on
  const joined =
    (await rolesOf(session, member)) === undefined && (await ensureRole(session, member, NO_ROLE));
  const granted = await unless(privileges.ensure(session, member, grant, slug), ...NOT_GIVEN);
  const role = granted === undefined ? ROLE[grant.may] : NO_ROLE;
  const changed = joined
    ? role !== NO_ROLE && ensureRole(session, member, role)
    : ensureRole(session, member, role);
  return {
    changed: (await changed) || joined || granted === true,
    reach: granted === undefined ? 'project' : 'as granted',
    givenBy: privileges.route,
  };
}

/** Whether an identity sees the whole project because the routes of an earlier release, or server, gave no less. */
export const mayGiveLess = async (
  http: InfisicalHttp,
  { reach, givenBy }: { reach?: Reach | undefined; givenBy?: string | undefined } = {},
): Promise<boolean> => reach === 'project' && givenBy !== (await backend(http, 'privileges')).route;

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
