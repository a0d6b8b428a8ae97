import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { first, one, type Database } from '../store/database';

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
  const salt = randomBytes(16);
  const hash = `${salt.toString('hex')}:${(await derive(user.password, salt, 32)).toString('hex')}`;
  return one<User>(
    db,
    `insert into users (email, "firstName", "lastName", "superAdmin", "passwordHash", "legacyKeys")
     values ($1, $2, $3, true, $4, $5) returning *`,
    [user.email, user.firstName, user.lastName, hash, user.legacyKeys ?? null],
  );
}

export async function passwordMatches(user: User, password: string): Promise<boolean> {
  const [salt, hash] = (user.passwordHash ?? '').split(':');
  if (salt === undefined || hash === undefined) return false;
  return timingSafeEqual(await derive(password, Buffer.from(salt, 'hex'), 32), Buffer.from(hash, 'hex'));
}

export const readUser = (db: Database, id: string) =>
  first<User>(db, 'select * from users where id::text = $1', [id]);

export const readUserByEmail = (db: Database, email: string) =>
  first<User>(db, 'select * from users where email = $1', [email]);

/** The user as answers show it: no keys, no hashes. */
export function userView({ id, email, firstName, lastName, superAdmin }: User) {
  return { id, email, username: email, firstName, lastName, superAdmin };
}
