import type { Database } from '../store/database';

export interface SecretRow {
  id: string;
  folderId: string;
  key: string;
  version: number;
  value: Buffer;
  comment: Buffer;
  metadata: unknown;
  skipMultilineEncoding: boolean;
  createdAt: Date;
  updatedAt: Date;
}

export interface NewSecret {
  folderId: string;
  key: string;
  value: Buffer;
  comment: Buffer;
  metadata?: unknown;
  skipMultilineEncoding?: boolean | undefined;
}

/** Fields that are undefined stay as they are; the version goes up even when nothing differs. */
export interface SecretChange {
  id: string;
  key?: string | undefined;
  value?: Buffer | undefined;
  comment?: Buffer | undefined;
  metadata?: unknown;
  skipMultilineEncoding?: boolean | undefined;
}

export const secretsIn = (db: Database, folderIds: string[]) =>
  db.query<SecretRow>('select * from secrets where "folderId" = any($1::uuid[]) order by key, "createdAt"', [
    folderIds,
  ]);

export const secretsNamed = (db: Database, folderId: string, keys: string[]) =>
  db.query<SecretRow>(
    'select * from secrets where "folderId" = $1 and key = any($2::text[]) order by "createdAt"',
    [folderId, keys],
  );

export async function insertSecrets(db: Database, secrets: NewSecret[]): Promise<SecretRow[]> {
  return db.query<SecretRow>(
    `with made as (
       insert into secrets ("folderId", key, value, comment, metadata, "skipMultilineEncoding")
       select * from unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::jsonb[], $6::boolean[]) returning *
     ), history as (
       insert into secret_versions ("secretId", version, value) select id, version, value from made
     ) select * from made`,
    [
      secrets.map(({ folderId }) => folderId),
      secrets.map(({ key }) => key),
      secrets.map(({ value }) => value),
      secrets.map(({ comment }) => comment),
      secrets.map(({ metadata }) => JSON.stringify(metadata ?? [])),
      secrets.map(({ skipMultilineEncoding }) => skipMultilineEncoding ?? false),
    ],
  );
}

export async function updateSecrets(db: Database, changes: SecretChange[]): Promise<SecretRow[]> {
  return db.query<SecretRow>(
    `with changed as (
       update secrets s set version = s.version + 1, "updatedAt" = clock_timestamp(), key = coalesce(c.key, s.key),
         value = coalesce(c.value, s.value), comment = coalesce(c.comment, s.comment),
         metadata = coalesce(c.metadata, s.metadata), "skipMultilineEncoding" = coalesce(c.skip, s."skipMultilineEncoding")
       from unnest($1::uuid[], $2::text[], $3::bytea[], $4::bytea[], $5::jsonb[], $6::boolean[])
         as c(id, key, value, comment, metadata, skip)
       where s.id = c.id returning s.*
     ), history as (
       insert into secret_versions ("secretId", version, value) select id, version, value from changed
     ) select * from changed`,
    [
      changes.map(({ id }) => id),
      changes.map(({ key }) => key ?? null),
      changes.map(({ value }) => value ?? null),
      changes.map(({ comment }) => comment ?? null),
      changes.map(({ metadata }) => (metadata === undefined ? null : JSON.stringify(metadata))),
      changes.map(({ skipMultilineEncoding }) => skipMultilineEncoding ?? null),
    ],
  );
}

export async function deleteSecrets(db: Database, ids: string[]): Promise<void> {
  await db.query('delete from secrets where id = any($1::uuid[])', [ids]);
}
