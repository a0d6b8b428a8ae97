import type { Actor, Context } from '../http/context';
import { forbidden, notAllowed, permissionDenied } from '../http/errors';
import { organizationRoleAllows, outranks, type Action } from './roles';

/** The caller's role in an organisation; no membership is refused. */
export async function organizationRole({ db }: Context, actor: Actor, orgId: string): Promise<string> {
  const found = await (actor.type === 'user'
    ? db.first<{ role: string }>`
        select role from organization_users where "orgId"::text = ${orgId} and "userId"::text = ${actor.id}`
    : db.first<{ role: string }>`
        select role from identities where "orgId"::text = ${orgId} and id::text = ${actor.id}`);
  if (actor.type === 'user' && actor.orgId !== orgId) {
    throw forbidden('Invalid user token. Scoped to different organization.');
  }
  if (found === undefined || actor.orgId !== orgId)
    throw notAllowed('You are not logged into this organization');
  return found.role;
}

/** Refuses with 403 what the caller's organisation role does not allow. */
export async function requireInOrganization(
  context: Context,
  actor: Actor,
  orgId: string,
  action: Action,
  subject: 'identity' | 'workspace' = 'identity',
): Promise<void> {
  const role = await organizationRole(context, actor, orgId);
  if (!organizationRoleAllows(role, action, subject)) throw permissionDenied(action, subject);
}

/** Refuses to touch or to give out an organisation role above the caller's own. */
export async function requireOrganizationRank(
  context: Context,
  actor: Actor,
  orgId: string,
  role: string,
  message = 'Failed to create a more privileged identity',
): Promise<void> {
  const mine = await organizationRole(context, actor, orgId);
  if (!outranks([mine], role)) throw forbidden(message);
}
