import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Context } from '../http/context';
import { signJwt } from '../http/jwt';
import type { Database } from '../store/database';

/** What a 2024 sign-up stores beside the password hash. */
export interface LegacyKeys {
  salt: string;
  verifier: string;
  publicKey: string;
  encryptedPrivateKey: string;
  iv: string;
  tag: string;
  protectedKey: string;
  protectedKeyIV: string;
  protectedKeyTag: string;
}

export interface User {
  id: string;
  email: string;
  firstName: string | null;
  lastName: string | null;
  superAdmin: boolean;
  passwordHash: string | null;
  legacyKeys: LegacyKeys | null;
  srpClientKey: string | null;
  srpServerKey: string | null;
}

interface NewUser {
  email: string;
  password: string;
  firstName: string;
  lastName: string;
  legacyKeys?: LegacyKeys;
}

const derive = promisify<string, Buffer, number, Buffer>(scrypt);

/** Every account made here is a super admin: only the first one is ever made. */
export async function createUser(db: Database, user: NewUser): Promise<User> {
  const hash = await hashOf(user.password);
  return db.one<User>`
    insert into users (email, "firstName", "lastName", "superAdmin", "passwordHash", "legacyKeys")
    values (${user.email}, ${user.firstName}, ${user.lastName}, true, ${hash}, ${user.legacyKeys ?? null}) returning *`;
}

async function hashOf(password: string): Promise<string> {
  const salt = randomBytes(16);
  return `${salt.toString('hex')}:${(await derive(password, salt, 32)).toString('hex')}`;
}

export async function setPassword(
  db: Database,
  id: string,
  password: string,
  legacyKeys: LegacyKeys | null = null,
): Promise<void> {
  await db.query`
    update users set "passwordHash" = ${await hashOf(password)}, "legacyKeys" = ${legacyKeys} where id = ${id}`;
}

export async function passwordMatches(user: User, password: string): Promise<boolean> {
  const [salt, hash] = (user.passwordHash ?? '').split(':');
  if (salt === undefined || hash === undefined) return false;
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'hex'), 32), Buffer.from(hash, 'hex'));
}

export const readUser = (db: Database, id: string) =>
  db.first<User>`select * from users where id::text = ${id}`;

export const readUserByEmail = (db: Database, email: string) =>
  db.first<User>`select * from users where email = ${email}`;

export const listUsers = (db: Database) => db.query<User>`select * from users order by "createdAt"`;

/** With his memberships. */
export const deleteUser = (db: Database, id: string | undefined) =>
  db.transaction(async (tx) => {
    await tx.query`delete from organization_users where "userId"::text = ${id}`;
    await tx.query`delete from project_users where "userId"::text = ${id}`;
    const deleted = await tx.first<User>`delete from users where id::text = ${id} returning *`;
    return deleted && userView(deleted);
  });

/** The user as answers show it: no keys, no hashes. */
export function userView({ id, email, firstName, lastName, superAdmin }: User) {
  return { id, email, username: email, firstName, lastName, superAdmin };
}

/** Every session of a user ends with his password: its id is the salt of that. */
export const sessionOf = ({ passwordHash }: User) => passwordHash?.split(':')[0];

/** A user's JWT; without an organisation it opens only the session routes. */
export function userToken({ settings }: Context, user: User, organizationId?: string): string {
  const claims = {
    authMethod: 'email',
    authTokenType: 'accessToken',
    userId: user.id,
    tokenVersionId: sessionOf(user),
    accessVersion: 1,
    ...(organizationId === undefined ? {} : { organizationId }),
  };
  return signJwt(settings.AUTH_SECRET, claims, settings.DEV_INFISICAL_USER_TOKEN_SECONDS);
}
