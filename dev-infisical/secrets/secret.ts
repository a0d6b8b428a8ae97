import type { Context } from '../http/context';
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

/** What a request says of a secret, in plain text. */
interface SecretFields {
  secretValue?: string | undefined;
  secretComment?: string | undefined;
  secretMetadata?: unknown;
  skipMultilineEncoding?: boolean | undefined;
}
type NewSecret = SecretFields & { secretKey: string };

/** Fields that are undefined stay as they are; the version goes up even when nothing differs. */
type SecretChange = SecretFields & { id: string; newSecretName?: string | undefined };

export const secretsIn = (db: Database, folderIds: string[]) =>
  db.query<SecretRow>`select * from secrets where "folderId" = any(${folderIds}::uuid[]) order by key, "createdAt"`;

export const secretsNamed = (db: Database, folderId: string, keys: string[]) =>
  db.query<SecretRow>`
    select * from secrets where "folderId" = ${folderId} and key = any(${keys}::text[]) order by "createdAt"`;

export const insertSecrets = ({ cipher }: Context, db: Database, folderId: string, secrets: NewSecret[]) =>
  db.query<SecretRow>`
    with made as (
      insert into secrets ("folderId", key, value, comment, metadata, "skipMultilineEncoding")
      select ${folderId}::uuid, n.* from unnest(${secrets.map(({ secretKey }) => secretKey)}::text[],
        ${secrets.map(({ secretValue }) => cipher.encrypt(secretValue ?? ''))}::bytea[],
        ${secrets.map(({ secretComment }) => cipher.encrypt(secretComment ?? ''))}::bytea[],
        ${secrets.map(({ secretMetadata }) => JSON.stringify(secretMetadata ?? []))}::jsonb[],
        ${secrets.map(({ skipMultilineEncoding }) => skipMultilineEncoding ?? false)}::boolean[]) as n returning *
    ), history as (
      insert into secret_versions ("secretId", version, value) select id, version, value from made
    ) select * from made`;

export function updateSecrets({ cipher }: Context, db: Database, changes: SecretChange[]) {
  const encrypted = (text: string | undefined) => (text === undefined ? null : cipher.encrypt(text));
  const metadata = changes.map(({ secretMetadata: given }) =>
    given === undefined ? null : JSON.stringify(given),
  );
  return db.query<SecretRow>`
    with changed as (
      update secrets s set version = s.version + 1, "updatedAt" = clock_timestamp(), key = coalesce(c.key, s.key),
        value = coalesce(c.value, s.value), comment = coalesce(c.comment, s.comment),
        metadata = coalesce(c.metadata, s.metadata), "skipMultilineEncoding" = coalesce(c.skip, s."skipMultilineEncoding")
      from unnest(${changes.map(({ id }) => id)}::uuid[],
        ${changes.map(({ newSecretName }) => newSecretName ?? null)}::text[],
        ${changes.map(({ secretValue }) => encrypted(secretValue))}::bytea[],
        ${changes.map(({ secretComment }) => encrypted(secretComment))}::bytea[], ${metadata}::jsonb[],
        ${changes.map(({ skipMultilineEncoding }) => skipMultilineEncoding ?? null)}::boolean[])
        as c(id, key, value, comment, metadata, skip)
      where s.id = c.id returning s.*
    ), history as (
      insert into secret_versions ("secretId", version, value) select id, version, value from changed
    ) select * from changed`;
}

export async function deleteSecrets(db: Database, rows: SecretRow[]): Promise<void> {
  await db.query`delete from secrets where id = any(${rows.map(({ id }) => id)}::uuid[])`;
}

const HIDDEN = '<hidden-by-infisical>';

/** Where a secret stands; `path` as the answer shall show it. */
interface Position {
  projectId: string;
  environment: string;
  path: string;
}

/** A secret as answers show it, its value decrypted unless it is to be hidden. */
export function secretView({ cipher, legacy }: Context, row: SecretRow, at: Position, visible = true) {
  const shared = {
    id: row.id,
    _id: row.id,
    workspace: at.projectId,
    environment: at.environment,
    version: row.version,
    type: 'shared',
    secretKey: row.key,
    secretValue: visible ? cipher.decrypt(row.value) : HIDDEN,
    secretComment: cipher.decrypt(row.comment),
    secretReminderNote: null,
    secretReminderRepeatDays: null,
    skipMultilineEncoding: row.skipMultilineEncoding,
    createdAt: row.createdAt,
    updatedAt: row.updatedAt,
  };
  if (legacy) return { ...shared, metadata: null };
  return {
    ...shared,
    secretPath: at.path,
    secretValueHidden: !visible,
    secretMetadata: row.metadata,
    tags: [],
    isRotatedSecret: false,
    rotationId: null,
    actor: null,
  };
}
