import type { Actor } from '../http/actor';
import { forbidden, notAllowed, permissionDenied } from '../http/api-error';
import type { Database } from '../store/database';
import { first } from '../store/database';
import { organizationRoleAllows, outranks, type Action } from './roles';

/** The caller's role in an organisation; no membership is refused. */
export async function organizationRole(db: Database, actor: Actor, orgId: string): Promise<string> {
  const found = await first<{ role: string }>(
    db,
    actor.type === 'user'
      ? 'select role from organization_users where "orgId"::text = $1 and "userId"::text = $2'
      : 'select role from identities where "orgId"::text = $1 and id::text = $2',
    [orgId, actor.id],
  );
  if (actor.type === 'user' && actor.orgId !== orgId) {
    throw forbidden('Invalid user token. Scoped to different organization.');
  }
  if (found === undefined || actor.orgId !== orgId)
    throw notAllowed('You are not logged into this organization');
  return found.role;
}

/** Refuses with 403 what the caller's organisation role does not allow. */
export async function requireInOrganization(
  db: Database,
  actor: Actor,
  orgId: string,
  action: Action,
  subject: 'identity' | 'workspace',
): Promise<void> {
  const role = await organizationRole(db, actor, orgId);
  if (!organizationRoleAllows(role, action, subject)) throw permissionDenied(action, subject);
}

/** Refuses to give out an organisation role above the caller's own. */
export async function requireOrganizationRank(db: Database, actor: Actor, orgId: string, role: string) {
  const mine = await organizationRole(db, actor, orgId);
  if (!outranks([mine], role)) throw forbidden('Failed to create a more privileged identity');
}
