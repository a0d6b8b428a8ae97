import { z } from 'zod';
import type { Context, Server } from '../http/context';
import { badRequest, notFound } from '../http/errors';
import { routesOf, text } from '../http/route';
import type { Database } from '../store/database';
import { placeFields, secretExtras, secretValue, type SecretFamily } from './fields';
import { lock, type Folder } from './folder-tree';
import { folderAt, openPlace, type SecretPlace } from './place';
import {
  deleteSecrets,
  insertSecrets,
  secretsNamed,
  secretView,
  updateSecrets,
  type SecretRow,
} from './secret';

type Mode = 'failOnNotFound' | 'ignore' | 'upsert';

const changed = z.object({
  secretKey: text,
  secretValue: secretValue.optional(),
  secretPath: text.optional(),
  secretComment: text.optional(),
  newSecretName: text.min(1).optional(),
  ...secretExtras,
});
type Change = z.output<typeof changed>;

/** Many secrets in one request, all or nothing. */
export function registerBatchRoutes(server: Server, family: SecretFamily): void {
  const { db, legacy } = server;
  const { post, patch, remove } = routesOf(server);
  const url = family.batch;
  const place = { ...family.project, ...placeFields };
  const views = (at: SecretPlace, path: string, rows: SecretRow[]) => {
    const position = { projectId: at.access.project.id, environment: at.environment, path };
    return rows.map((row) => secretView(server, row, position));
  };

  const newSecret = z.object({
    secretKey: legacy ? text : text.min(1).regex(/^[^:/]*$/, 'Secret name cannot contain colon or slash'),
    secretValue,
    secretComment: text.default(''),
    ...secretExtras,
  });
  const creation = z.object({ ...place, secrets: newSecret.array().min(1) });
  post(url, { rate: 'secrets', body: creation }, async ({ actor, body }) => {
    const opened = await openPlace(server, actor, body, 'create');
    const folder = folderAt(server, opened, body.secretPath, legacy ? 'Create secret' : 'CreateManySecret');
    // The same key twice: two rows in 2024, today the last one wins.
    const wanted = legacy ? body.secrets : lastOfEachKey(body.secrets);
    const made = await db.transaction(async (tx) => {
      if (!legacy) await lock(tx, folder.id);
      const existing = await secretsNamed(tx, folder.id, keysOf(wanted));
      if (existing.length > 0) {
        const keys = [...new Set(existing.map((row) => row.key))].join(',');
        throw badRequest(legacy ? `Secret already exist: ${keys}` : `Secret already exists: ${keys}`);
      }
      return insertSecrets(server, tx, folder.id, wanted);
    });
    return { secrets: views(opened, body.secretPath, made) };
  });

  // `mode` and the paths of single secrets are newer than 2024.
  const update = z.object({
    ...place,
    mode: z.enum(['failOnNotFound', 'ignore', 'upsert']).default('failOnNotFound'),
    secrets: (legacy ? changed.extend({ secretValue }) : changed).array().min(1),
  });
  patch(url, { rate: 'secrets', body: update }, async ({ actor, body }) => {
    const opened = await openPlace(server, actor, { ...body, secretPath: undefined }, 'edit');
    const byPath = new Map<string, Change[]>();
    for (const each of body.secrets) {
      const path = (legacy ? undefined : each.secretPath) ?? body.secretPath;
      byPath.set(path, [...(byPath.get(path) ?? []), each]);
    }
    const actions = !legacy && body.mode === 'upsert' ? (['edit', 'create'] as const) : (['edit'] as const);
    for (const path of byPath.keys()) {
      for (const action of actions)
        opened.access.require(action, 'secrets', { environment: body.environment, path });
    }
    const groups = [...byPath].map(([path, secrets]) => ({
      path,
      folder: folderAt(server, opened, path, legacy ? 'Update secret' : 'UpdateManySecret'),
      secrets: legacy ? secrets : lastOfEachKey(secrets),
    }));
    const mode = legacy ? 'failOnNotFound' : body.mode;
    const secrets = await db.transaction(async (tx) => {
      const answers = [];
      for (const group of groups) {
        if (!legacy) await lock(tx, group.folder.id);
        answers.push(...views(opened, group.path, await write(server, tx, group, mode)));
      }
      return answers;
    });
    return { secrets };
  });

  const removal = z.object({ ...place, secrets: z.object({ secretKey: text }).array().min(1) });
  remove(url, { rate: 'secrets', body: removal }, async ({ actor, body }) => {
    const opened = await openPlace(server, actor, body, 'delete');
    const folder = folderAt(server, opened, body.secretPath, legacy ? 'Create secret' : 'DeleteManySecret');
    const wanted = [...new Set(keysOf(body.secrets))];
    const rows = await secretsNamed(db, folder.id, wanted);
    const found = new Set(rows.map((row) => row.key));
    if (found.size < wanted.length) {
      // 2024 names the keys that do exist; today those that do not.
      const named = wanted.filter((key) => found.has(key) === legacy).join(legacy ? ',' : ', ');
      throw notFound(`One or more secrets does not exist: ${named}`);
    }
    await deleteSecrets(db, rows);
    return { secrets: views(opened, body.secretPath, rows) };
  });
}

async function write(
  context: Context,
  tx: Database,
  { folder, path, secrets }: { folder: Folder; path: string; secrets: Change[] },
  mode: Mode,
): Promise<SecretRow[]> {
  const rows = await secretsNamed(tx, folder.id, keysOf(secrets));
  const existing = new Map(rows.map((row) => [row.key, row]));
  const missing = secrets.filter((each) => !existing.has(each.secretKey));
  // 2024 counts rows: one key twice is a missing one.
  const short = context.legacy && existing.size < secrets.length;
  if (short || (missing.length > 0 && mode === 'failOnNotFound')) {
    // 2024 names the keys that do exist.
    const named = context.legacy
      ? [...existing.keys()].join(',')
      : `${keysOf(missing).join(', ')} in path ${path}`;
    throw notFound(`Secret does not exist: ${named}`);
  }
  const renamed = secrets.flatMap((each) => each.newSecretName ?? []);
  if (renamed.length > 0 && (await secretsNamed(tx, folder.id, renamed)).length > 0) {
    throw badRequest('Secret with the new name already exist');
  }
  const changes = secrets.flatMap((each) => {
    const row = existing.get(each.secretKey);
    return row === undefined ? [] : { ...each, id: row.id };
  });
  const updated = await updateSecrets(context, tx, changes);
  if (mode !== 'upsert') return updated;
  return [...updated, ...(await insertSecrets(context, tx, folder.id, missing))];
}

const keysOf = (secrets: { secretKey: string }[]) => secrets.map(({ secretKey }) => secretKey);

const lastOfEachKey = <Entry extends { secretKey: string }>(secrets: Entry[]): Entry[] => [
  ...new Map(secrets.map((each) => [each.secretKey, each])).values(),
];
