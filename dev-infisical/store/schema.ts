import type { Database } from './database';

const id = 'id uuid primary key default gen_random_uuid()';
const times = `"createdAt" timestamptz not null default clock_timestamp(),
  "updatedAt" timestamptz not null default clock_timestamp()`;

// Any fixed number: every instance of this server takes the same lock.
const MIGRATION_LOCK = 20241010;

// Statements that are safe to repeat. Column names are those of the API, so that rows need no mapping.
const schema = [
  `create table if not exists key_check (id int primary key, "check" bytea not null)`,
  `create table if not exists server_config (
    id int primary key, "instanceId" uuid not null default gen_random_uuid(), initialized boolean not null default false,
    "allowSignUp" boolean not null default true, "onboardingCompleted" boolean not null default false,
    "adminIdentityIds" uuid[] not null default '{}')`,
  `insert into server_config (id) values (1) on conflict do nothing`,
  `create table if not exists users (
    ${id}, email text not null unique, "firstName" text, "lastName" text, "superAdmin" boolean not null default false,
    "passwordHash" text, "legacyKeys" jsonb, "srpClientKey" text, "srpServerKey" text, ${times})`,
  `create table if not exists organizations (${id}, name text not null, slug text not null unique, ${times})`,
  `create table if not exists organization_users (
    "orgId" uuid not null references organizations on delete cascade, "userId" uuid not null references users,
    role text not null, primary key ("orgId", "userId"))`,
  `create table if not exists projects (
    ${id}, "orgId" uuid not null references organizations, name text not null, slug text not null, type text not null,
    description text, "hasDeleteProtection" boolean not null default false, version int not null default 3, ${times},
    unique ("orgId", slug))`,
  `create table if not exists project_users (
    "projectId" uuid not null references projects on delete cascade, "userId" uuid not null references users,
    role text not null, primary key ("projectId", "userId"))`,
  `create table if not exists identities (
    ${id}, "orgId" uuid not null references organizations, "projectId" uuid references projects on delete cascade,
    name text not null, role text not null, "authMethods" text[] not null default '{}',
    "hasDeleteProtection" boolean not null default false, metadata jsonb not null default '[]', ${times})`,
  `create table if not exists project_identities (
    ${id}, "projectId" uuid not null references projects on delete cascade,
    "identityId" uuid not null references identities on delete cascade, roles text[] not null, ${times},
    unique ("projectId", "identityId"))`,
  `create table if not exists privileges (
    ${id}, "projectId" uuid not null, "identityId" uuid not null, name text not null, permissions jsonb not null, ${times},
    foreign key ("projectId", "identityId") references project_identities ("projectId", "identityId") on delete cascade,
    unique ("projectId", "identityId", name))`,
  `create table if not exists universal_auths (
    ${id}, "identityId" uuid not null unique references identities on delete cascade,
    "clientId" uuid not null unique default gen_random_uuid(), "accessTokenTTL" int not null,
    "accessTokenMaxTTL" int not null, "accessTokenNumUsesLimit" int not null, "accessTokenPeriod" int not null,
    "lockoutEnabled" boolean not null, "lockoutThreshold" int not null, "lockoutDurationSeconds" int not null,
    "lockoutCounterResetSeconds" int not null, "clientSecretTrustedIps" jsonb not null,
    "accessTokenTrustedIps" jsonb not null, ${times})`,
  `create table if not exists client_secrets (
    ${id}, "identityUAId" uuid not null references universal_auths on delete cascade, description text not null,
    "clientSecretPrefix" text not null, "clientSecretHash" text not null, "clientSecretNumUses" int not null default 0,
    "clientSecretNumUsesLimit" int not null, "clientSecretTTL" int not null,
    "isClientSecretRevoked" boolean not null default false, ${times})`,
  `create table if not exists access_tokens (
    ${id}, "identityId" uuid not null references identities on delete cascade, "authMethod" text not null, name text,
    "clientSecretId" uuid references client_secrets on delete cascade, "accessTokenTTL" int not null,
    "accessTokenMaxTTL" int not null, "accessTokenPeriod" int not null default 0,
    "accessTokenNumUses" int not null default 0, "accessTokenNumUsesLimit" int not null default 0,
    "isAccessTokenRevoked" boolean not null default false, "accessTokenLastRenewedAt" timestamptz, ${times})`,
  // today a token that ends itself is dead, and its row does not say so
  `alter table access_tokens add column if not exists "endedItself" boolean not null default false`,
  `create table if not exists environments (
    ${id}, "projectId" uuid not null references projects on delete cascade, name text not null, slug text not null,
    position int not null, ${times}, unique ("projectId", slug))`,
  // No unique constraint on folders and secrets: the real ones have none, and the 2024 server lets twins in.
  `create table if not exists folders (
    ${id}, "envId" uuid not null references environments on delete cascade,
    "parentId" uuid references folders on delete cascade, name text not null, description text,
    version int not null default 1, "isReserved" boolean not null default false, ${times})`,
  `create index if not exists folders_by_environment on folders ("envId")`,
  `create table if not exists secrets (
    ${id}, "folderId" uuid not null references folders on delete cascade, key varchar(500) not null,
    version int not null default 1, value bytea not null, comment bytea not null, metadata jsonb not null default '[]',
    "skipMultilineEncoding" boolean not null default false, ${times})`,
  `create index if not exists secrets_by_folder on secrets ("folderId", key)`,
  `create table if not exists secret_imports (
    ${id}, "folderId" uuid not null references folders on delete cascade,
    "importEnvId" uuid not null references environments on delete cascade, "importPath" text not null,
    position serial, ${times})`,
  `create table if not exists secret_versions (
    "secretId" uuid not null references secrets on delete cascade, version int not null, value bytea not null,
    "createdAt" timestamptz not null default clock_timestamp(), primary key ("secretId", version))`,
];

/** Brings the schema up under an advisory lock, so that two servers on one database do it once. */
export async function migrate(db: Database): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query`select pg_advisory_xact_lock(${MIGRATION_LOCK})`;
    for (const statement of schema) await tx.raw(statement, []);
  });
}
