import { z } from 'zod';
import type { Actor } from '../http/actor';
import { badRequest, notFound } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { route } from '../http/route';
import { lock } from '../model/folders';
import { folderAt, openPlace, type ProjectFields } from '../model/secret-place';
import { secretComment, secretMetadata, secretValue } from '../model/secret-text';
import { secretView } from '../model/secret-view';
import { deleteSecrets, insertSecrets, secretsNamed, updateSecrets, type SecretRow } from '../model/secrets';
import { environment, secretPath, type SecretFamily } from './secret-fields';

type Place = ProjectFields & { environment: string; secretPath: string; type: string };

/** Creating, changing and deleting one secret. */
export function registerSecretWrites(server: Server, family: SecretFamily): void {
  const { db, cipher } = server;
  const legacy = isLegacy(server);
  const url = `${family.base}/:name`;
  const place = {
    ...family.project,
    environment,
    secretPath,
    type: z.enum(['shared', 'personal']).default('shared'),
  };
  const extras = { secretMetadata: secretMetadata.optional(), skipMultilineEncoding: z.boolean().optional() };

  const open = async (
    actor: Actor & { orgId: string },
    fields: Place,
    action: 'create' | 'edit' | 'delete',
    errorName: string,
  ) => {
    if (fields.type === 'personal') throw badRequest('Must be user to create personal secret');
    const opened = await openPlace(server, actor, fields, action);
    const folder = folderAt(server, opened, fields.secretPath, errorName);
    const at = {
      projectId: opened.access.project.id,
      environment: fields.environment,
      path: fields.secretPath,
    };
    return { folder, answer: (row: SecretRow) => ({ secret: secretView(server, row, at) }) };
  };

  route(server, {
    method: 'POST',
    url,
    access: 'member',
    rate: 'secrets',
    body: z.object({ ...place, secretValue, secretComment: secretComment.default(''), ...extras }),
    handle: async ({ actor, body, params }) => {
      const key = createdName(params.name);
      const { folder, answer } = await open(actor, body, 'create', legacy ? 'Create secret' : 'CreateSecret');
      const secret = {
        folderId: folder.id,
        key,
        value: cipher.encrypt(body.secretValue),
        comment: cipher.encrypt(body.secretComment),
        metadata: body.secretMetadata,
        skipMultilineEncoding: body.skipMultilineEncoding,
      };
      const [row] = await db.transaction(async (tx) => {
        // 2024 took no lock: parallel creations of one key made twins.
        if (!legacy) await lock(tx, folder.id);
        const existing = await secretsNamed(tx, folder.id, [key]);
        if (existing.length > 0) throw badRequest(legacy ? 'Secret already exist' : 'Secret already exists');
        return insertSecrets(tx, [secret]);
      });
      return answer(row as SecretRow);
    },
  });

  const createdName = (name = '') => {
    const key = name.trim();
    if (!legacy && (key === '' || /[:/]/.test(key)))
      throw badRequest('Secret name cannot contain colon or slash');
    return key;
  };

  route(server, {
    method: 'PATCH',
    url,
    access: 'member',
    rate: 'secrets',
    body: z.object({
      ...place,
      secretValue: legacy ? secretValue : secretValue.optional(),
      secretComment: secretComment.optional(),
      newSecretName: z.string().trim().min(1).optional(),
      ...extras,
    }),
    handle: async ({ actor, body, params }) => {
      const { folder, answer } = await open(actor, body, 'edit', 'UpdateSecret');
      const [existing] = await secretsNamed(db, folder.id, [params.name ?? '']);
      if (existing === undefined) {
        throw notFound(legacy ? 'Secret not found' : `Secret with name ${params.name} not found`);
      }
      const renamed = body.newSecretName;
      if (renamed !== undefined && (await secretsNamed(db, folder.id, [renamed])).length > 0) {
        throw badRequest('Secret with the new name already exist');
      }
      const comment = body.secretComment;
      const [row] = await updateSecrets(db, [
        {
          id: existing.id,
          key: renamed,
          value: body.secretValue === undefined ? undefined : cipher.encrypt(body.secretValue),
          comment: comment === undefined ? undefined : cipher.encrypt(comment),
          metadata: body.secretMetadata,
          skipMultilineEncoding: body.skipMultilineEncoding,
        },
      ]);
      const answered = answer(row as SecretRow);
      // 2024 shows the comment of the request, not the stored one.
      return legacy ? { secret: { ...answered.secret, secretComment: comment ?? '' } } : answered;
    },
  });

  route(server, {
    method: 'DELETE',
    url,
    access: 'member',
    rate: 'secrets',
    body: z.object(place),
    handle: async ({ actor, body, params }) => {
      const { folder, answer } = await open(actor, body, 'delete', legacy ? 'Delete secret' : 'DeleteSecret');
      const rows = await secretsNamed(db, folder.id, [params.name ?? '']);
      const [row] = rows;
      if (row === undefined) throw notFound('Secret not found');
      await deleteSecrets(
        db,
        rows.map(({ id }) => id),
      );
      return answer(row);
    },
  });
}
