import { first, one, type Database } from '../store/database';

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
  one<Identity>(
    db,
    `insert into identities ("orgId", "projectId", name, role, "hasDeleteProtection", metadata, "authMethods")
     values ($1, $2, $3, $4, $5, $6, $7) returning *`,
    [
      identity.orgId,
      identity.projectId ?? null,
      identity.name,
      identity.role,
      identity.hasDeleteProtection ?? false,
      JSON.stringify(identity.metadata ?? []),
      identity.authMethods ?? [],
    ],
  );

export const readIdentity = (db: Database, id: string) =>
  first<Identity>(db, 'select * from identities where id::text = $1', [id]);

export const listIdentities = (db: Database, orgId: string) =>
  db.query<Identity>(
    'select * from identities where "orgId"::text = $1 and "projectId" is null order by "createdAt"',
    [orgId],
  );

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
