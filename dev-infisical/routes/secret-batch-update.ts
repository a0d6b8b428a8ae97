import { z } from 'zod';
import { badRequest, notFound } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import { lock, type Folder } from '../model/folders';
import { folderAt, openPlace, type SecretPlace } from '../model/secret-place';
import { secretComment, secretMetadata, secretValue } from '../model/secret-text';
import { secretView } from '../model/secret-view';
import { insertSecrets, secretsNamed, updateSecrets, type SecretRow } from '../model/secrets';
import type { Database } from '../store/database';
import { environment, secretPath, type SecretFamily } from './secret-fields';

type Mode = 'failOnNotFound' | 'ignore' | 'upsert';

const changed = z.object({
  secretKey: z.string().trim(),
  secretValue: secretValue.optional(),
  secretPath: z.string().trim().optional(),
  secretComment: secretComment.optional(),
  secretMetadata: secretMetadata.optional(),
  newSecretName: z.string().trim().min(1).optional(),
  skipMultilineEncoding: z.boolean().optional(),
});
type Change = z.output<typeof changed>;

/** Changes many secrets, over several folders today, in one transaction; `mode` and the paths are newer than 2024. */
export function registerBatchUpdate(server: Server, family: SecretFamily): void {
  const { db } = server;
  const legacy = isLegacy(server);
  route(server, {
    method: 'PATCH',
    url: family.batch,
    access: 'member',
    rate: 'secrets',
    body: z.object({
      ...family.project,
      environment,
      secretPath,
      mode: z.enum(['failOnNotFound', 'ignore', 'upsert']).default('failOnNotFound'),
      secrets: (legacy ? changed.extend({ secretValue }) : changed).array().min(1),
    }),
    handle: async ({ actor, body }) => {
      const place = await openPlace(server, actor, body, 'edit');
      if (!legacy && body.mode === 'upsert') place.access.require('create', 'secrets');
      const byPath = new Map<string, Change[]>();
      for (const each of body.secrets) {
        const path = (legacy ? undefined : each.secretPath) ?? body.secretPath;
        byPath.set(path, [...(byPath.get(path) ?? []), each]);
      }
      const groups = [...byPath].map(([path, secrets]) => ({
        path,
        folder: folderAt(server, place, path, legacy ? 'Update secret' : 'UpdateManySecret'),
        secrets: legacy ? secrets : [...new Map(secrets.map((each) => [each.secretKey, each])).values()],
      }));
      const mode = legacy ? 'failOnNotFound' : body.mode;
      const secrets = await db.transaction(async (tx) => {
        const answers = [];
        for (const group of groups) {
          if (!legacy) await lock(tx, group.folder.id);
          const rows = await write(server, tx, group, mode);
          answers.push(...rows.map((row) => view(server, place, group.path, row)));
        }
        return answers;
      });
      return { secrets };
    },
  });
}

async function write(
  server: Server,
  tx: Database,
  { folder, path, secrets }: { folder: Folder; path: string; secrets: Change[] },
  mode: Mode,
): Promise<SecretRow[]> {
  const { cipher } = server;
  const existing = new Map(
    (
      await secretsNamed(
        tx,
        folder.id,
        secrets.map((each) => each.secretKey),
      )
    ).map((row) => [row.key, row]),
  );
  const missing = secrets.filter((each) => !existing.has(each.secretKey));
  // 2024 counts rows: one key twice is a missing one.
  const short = isLegacy(server) && existing.size < secrets.length;
  if (short || (missing.length > 0 && mode === 'failOnNotFound')) {
    // 2024 names the keys that do exist.
    throw isLegacy(server)
      ? notFound(`Secret does not exist: ${[...existing.keys()].join(',')}`)
      : notFound(
          `Secret does not exist: ${missing.map((each) => each.secretKey).join(', ')} in path ${path}`,
        );
  }
  const renamed = secrets.flatMap((each) => each.newSecretName ?? []);
  if (renamed.length > 0 && (await secretsNamed(tx, folder.id, renamed)).length > 0) {
    throw badRequest('Secret with the new name already exist');
  }
  const encrypt = (text: string | undefined) => (text === undefined ? undefined : cipher.encrypt(text));
  const updated = await updateSecrets(
    tx,
    secrets.flatMap((each) => {
      const row = existing.get(each.secretKey);
      if (row === undefined) return [];
      return {
        id: row.id,
        key: each.newSecretName,
        value: encrypt(each.secretValue),
        comment: encrypt(each.secretComment),
        metadata: each.secretMetadata,
        skipMultilineEncoding: each.skipMultilineEncoding,
      };
    }),
  );
  if (mode !== 'upsert') return updated;
  const created = await insertSecrets(
    tx,
    missing.map((each) => ({
      folderId: folder.id,
      key: each.secretKey,
      value: cipher.encrypt(each.secretValue ?? ''),
      comment: cipher.encrypt(each.secretComment ?? ''),
      metadata: each.secretMetadata,
      skipMultilineEncoding: each.skipMultilineEncoding,
    })),
  );
  return [...updated, ...created];
}

function view(server: Server, place: SecretPlace, path: string, row: SecretRow) {
  const at = { projectId: place.access.project.id, environment: place.environment, path };
  return secretView(server, row, at);
}
