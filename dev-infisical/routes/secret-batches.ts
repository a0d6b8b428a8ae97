import { z } from 'zod';
import { badRequest, notFound } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import { lock } from '../model/folders';
import { folderAt, openPlace, type SecretPlace } from '../model/secret-place';
import { secretComment, secretMetadata, secretValue } from '../model/secret-text';
import { secretView } from '../model/secret-view';
import { deleteSecrets, insertSecrets, secretsNamed, type SecretRow } from '../model/secrets';
import { environment, secretPath, v3, v4, type SecretFamily } from './secret-fields';
import { registerBatchUpdate } from './secret-batch-update';

/** Many secrets in one request, all or nothing. */
export function registerBatchRoutes(server: Server): void {
  for (const family of isLegacy(server) ? [v3] : [v4, v3]) {
    registerBatchCreate(server, family);
    registerBatchUpdate(server, family);
    registerBatchDelete(server, family);
  }
}

function registerBatchCreate(server: Server, family: SecretFamily): void {
  const { db, cipher } = server;
  const legacy = isLegacy(server);
  const key = z.string().trim();
  route(server, {
    method: 'POST',
    url: family.batch,
    access: 'member',
    rate: 'secrets',
    body: z.object({
      ...family.project,
      environment,
      secretPath,
      secrets: z
        .object({
          secretKey: legacy ? key : key.min(1).regex(/^[^:/]*$/, 'Secret name cannot contain colon or slash'),
          secretValue,
          secretComment: secretComment.default(''),
          secretMetadata: secretMetadata.optional(),
          skipMultilineEncoding: z.boolean().optional(),
        })
        .array()
        .min(1),
    }),
    handle: async ({ actor, body }) => {
      const place = await openPlace(server, actor, body, 'create');
      const folder = folderAt(server, place, body.secretPath, legacy ? 'Create secret' : 'CreateManySecret');
      // The same key twice: two rows in 2024, today the last one wins.
      const wanted = legacy
        ? body.secrets
        : [...new Map(body.secrets.map((each) => [each.secretKey, each])).values()];
      const made = await db.transaction(async (tx) => {
        if (!legacy) await lock(tx, folder.id);
        const existing = await secretsNamed(
          tx,
          folder.id,
          wanted.map((each) => each.secretKey),
        );
        if (existing.length > 0) {
          const keys = [...new Set(existing.map((row) => row.key))].join(',');
          throw badRequest(legacy ? `Secret already exist: ${keys}` : `Secret already exists: ${keys}`);
        }
        return insertSecrets(
          tx,
          wanted.map((each) => ({
            folderId: folder.id,
            key: each.secretKey,
            value: cipher.encrypt(each.secretValue),
            comment: cipher.encrypt(each.secretComment),
            metadata: each.secretMetadata,
            skipMultilineEncoding: each.skipMultilineEncoding,
          })),
        );
      });
      return answer(server, place, body.secretPath, made);
    },
  });
}

function registerBatchDelete(server: Server, family: SecretFamily): void {
  const { db } = server;
  const legacy = isLegacy(server);
  route(server, {
    method: 'DELETE',
    url: family.batch,
    access: 'member',
    rate: 'secrets',
    body: z.object({
      ...family.project,
      environment,
      secretPath,
      secrets: z.object({ secretKey: z.string().trim() }).array().min(1),
    }),
    handle: async ({ actor, body }) => {
      const place = await openPlace(server, actor, body, 'delete');
      const folder = folderAt(server, place, body.secretPath, legacy ? 'Create secret' : 'DeleteManySecret');
      const wanted = [...new Set(body.secrets.map((each) => each.secretKey))];
      const rows = await secretsNamed(db, folder.id, wanted);
      const found = new Set(rows.map((row) => row.key));
      if (found.size < wanted.length) {
        // 2024 names the keys that do exist; today those that do not.
        const named = wanted.filter((key) => found.has(key) === legacy).join(legacy ? ',' : ', ');
        throw notFound(`One or more secrets does not exist: ${named}`);
      }
      await deleteSecrets(
        db,
        rows.map(({ id }) => id),
      );
      return answer(server, place, body.secretPath, rows);
    },
  });
}

function answer(server: Server, place: SecretPlace, path: string, rows: SecretRow[]) {
  const at = { projectId: place.access.project.id, environment: place.environment, path };
  return { secrets: rows.map((row) => secretView(server, row, at)) };
}
