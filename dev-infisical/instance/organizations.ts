import { randomBytes } from 'node:crypto';
import type { Database } from '../store/database';

/** A row of an organisation. */
export interface Organization {
  id: string;
  name: string;
  slug: string;
}

/** An organisation with its first administrator. */
export const createOrganization = (db: Database, name: string, userId: string): Promise<Organization> =>
  db.transaction(async (tx) => {
    const organization = await tx.one<Organization>`
      insert into organizations (name, slug) values (${name}, ${randomSlug(name)}) returning *`;
    await tx.query`insert into organization_users values (${organization.id}, ${userId}, 'admin')`;
    return organization;
  });

export const organizationsOf = (db: Database, userId: string) =>
  db.query<Organization>`
    select o.* from organizations o join organization_users u on u."orgId" = o.id where u."userId" = ${userId}`;

export const readOrganization = (db: Database, id: string) =>
  db.first<Organization>`select * from organizations where id::text = ${id}`;

export const listOrganizations = (db: Database) =>
  db.query<Organization>`select * from organizations order by "createdAt"`;

/** With everything in it. */
export const deleteOrganization = (db: Database, id: string | undefined) =>
  db.transaction(async (tx) => {
    await tx.query`delete from projects where "orgId"::text = ${id}`;
    await tx.query`delete from identities where "orgId"::text = ${id}`;
    return tx.first<Organization>`delete from organizations where id::text = ${id} returning *`;
  });

/** A name as a slug with four random characters behind it, as the real server makes them. */
export function randomSlug(name: string): string {
  const base = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return `${base || 'x'}-${randomBytes(2).toString('hex')}`;
}
