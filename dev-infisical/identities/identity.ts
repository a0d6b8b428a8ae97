import { requireInOrganization, requireOrganizationRank } from '../access/organization';
import type { Action } from '../access/roles';
import type { Actor, Context } from '../http/context';
import { notFound } from '../http/errors';
import type { Database } from '../store/database';

export interface Identity {
  id: string;
  orgId: string;
  projectId: string | null;
  name: string;
  role: string;
  authMethods: string[];
  hasDeleteProtection: boolean;
  metadata: { key: string; value: string }[];
  createdAt: Date;
  updatedAt: Date;
}

type NewIdentity = Pick<Identity, 'name' | 'orgId' | 'role'> & Partial<Identity>;

export const createIdentity = (db: Database, identity: NewIdentity) =>
  db.one<Identity>`
    insert into identities ("orgId", "projectId", name, role, "hasDeleteProtection", metadata, "authMethods")
    values (${identity.orgId}, ${identity.projectId}, ${identity.name}, ${identity.role},
      ${identity.hasDeleteProtection ?? false}, ${JSON.stringify(identity.metadata ?? [])},
      ${identity.authMethods ?? []}) returning *`;

export const readIdentity = (db: Database, id: string | undefined) =>
  db.first<Identity>`select * from identities where id::text = ${id}`;

export const listIdentities = (db: Database, orgId: string) =>
  db.query<Identity>`
    select * from identities where "orgId"::text = ${orgId} and "projectId" is null order by "createdAt"`;

/** The identity as its own routes show it: `authMethods` today, one `authMethod` in 2024. */
export function identityView({ role: _role, ...identity }: Identity, legacy: boolean) {
  const { authMethods, metadata, hasDeleteProtection, projectId, orgId, ...rest } = identity;
  if (legacy) return { ...rest, authMethod: authMethods[0] ?? null };
  return { ...rest, orgId, projectId, hasDeleteProtection, metadata, authMethods };
}

/** The identity as a member of its organisation. */
export function membershipView(identity: Identity, legacy: boolean) {
  const { id, role, orgId, metadata, createdAt, updatedAt } = identity;
  const inner = identityView(identity, legacy);
  return { id, role, roleId: null, orgId, identityId: id, metadata, createdAt, updatedAt, identity: inner };
}

/** The identity whose authentication is managed; the caller needs the organisation's right and at least its rank. */
export async function manageIdentity(
  context: Context,
  actor: Actor,
  identityId: string | undefined,
  action: Action,
): Promise<Identity> {
  const identity = await readIdentity(context.db, identityId);
  if (identity === undefined) {
    throw notFound(
      context.legacy ? 'Failed to find identity' : `Failed to find identity with ID ${identityId}`,
    );
  }
  await requireInOrganization(context, actor, identity.orgId, action);
  if (action === 'read') return identity;
  const what =
    action === 'create' ? 'add identity to project with' : 'change the authentication of identity with';
  const refusal = `Failed to ${what} more privileged role`;
  await requireOrganizationRank(context, actor, identity.orgId, identity.role, refusal);
  return identity;
}
