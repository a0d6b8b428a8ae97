import { randomBytes } from 'node:crypto';
import { first, one, type Database } from '../store/database';

export interface Organization {
  id: string;
  name: string;
  slug: string;
}

/** An organisation with its first administrator. */
export async function createOrganization(db: Database, name: string, userId: string): Promise<Organization> {
  const organization = await one<Organization>(
    db,
    'insert into organizations (name, slug) values ($1, $2) returning *',
    [name, randomSlug(name)],
  );
  await db.query('insert into organization_users values ($1, $2, $3)', [organization.id, userId, 'admin']);
  return organization;
}

export const organizationsOf = (db: Database, userId: string) =>
  db.query<Organization>(
    'select o.* from organizations o join organization_users u on u."orgId" = o.id where u."userId" = $1',
    [userId],
  );

export const readOrganization = (db: Database, id: string) =>
  first<Organization>(db, 'select * from organizations where id::text = $1', [id]);

/** A name as a slug with four random characters behind it, as the real server makes them. */
export function randomSlug(name: string): string {
  const base = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `${base || 'x'}-${randomBytes(2).toString('hex')}`;
}
