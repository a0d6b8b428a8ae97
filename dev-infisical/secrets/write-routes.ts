import { z } from 'zod';
import type { Member, Server } from '../http/context';
import { badRequest, notFound } from '../http/errors';
import { routesOf, text } from '../http/route';
import { placeFields, secretExtras, secretType, secretValue, type SecretFamily } from './fields';
import { lock } from './folder-tree';
import { folderAt, openPlace, type ProjectFields } from './place';
import {
  deleteSecrets,
  insertSecrets,
  secretsNamed,
  secretView,
  updateSecrets,
  type SecretRow,
} from './secret';

type Place = ProjectFields & { environment: string; secretPath: string; type: string };

/** Creating, changing and deleting one secret. */
export function registerSecretWrites(server: Server, family: SecretFamily): void {
  const { db, legacy } = server;
  const { post, patch, remove } = routesOf(server);
  const url = `${family.base}/:name`;
  const place = { ...family.project, ...placeFields, type: secretType };

  const open = async (actor: Member, fields: Place, action: 'create' | 'edit' | 'delete', error: string) => {
    if (fields.type === 'personal') throw badRequest('Must be user to create personal secret');
    // today a folder that is not there is told before the role is looked at
    const opened = await openPlace(server, actor, fields, legacy ? action : undefined);
    const folder = folderAt(server, opened, fields.secretPath, error);
    const { environment, secretPath: path } = fields;
    opened.access.require(action, 'secrets', { environment, path });
    const at = { projectId: opened.access.project.id, environment, path };
    return { folder, answer: (row: SecretRow) => ({ secret: secretView(server, row, at) }) };
  };

  const created = z.object({ ...place, secretValue, secretComment: text.default(''), ...secretExtras });
  post(url, { rate: 'secrets', body: created }, async ({ actor, body, params }) => {
    const key = createdName(params.name);
    const { folder, answer } = await open(actor, body, 'create', legacy ? 'Create secret' : 'CreateSecret');
    const [row] = await db.transaction(async (tx) => {
      // 2024 took no lock: parallel creations of one key made twins.
      if (!legacy) await lock(tx, folder.id);
      const existing = await secretsNamed(tx, folder.id, [key]);
      if (existing.length > 0) throw badRequest(legacy ? 'Secret already exist' : 'Secret already exists');
      return insertSecrets(server, tx, folder.id, [{ ...body, secretKey: key }]);
    });
    return answer(row as SecretRow);
  });

  const createdName = (name = '') => {
    const key = name.trim();
    if (!legacy && (key === '' || /[:/]/.test(key)))
      throw badRequest('Secret name cannot contain colon or slash');
    return key;
  };

  const changed = z.object({
    ...place,
    secretValue: legacy ? secretValue : secretValue.optional(),
    secretComment: text.optional(),
    newSecretName: text.min(1).optional(),
    ...secretExtras,
  });
  patch(url, { rate: 'secrets', body: changed }, async ({ actor, body, params: { name = '' } }) => {
    const { folder, answer } = await open(actor, body, 'edit', 'UpdateSecret');
    const [existing] = await secretsNamed(db, folder.id, [name]);
    if (existing === undefined) {
      throw notFound(legacy ? 'Secret not found' : `Secret with name ${name} not found`);
    }
    const { newSecretName } = body;
    if (newSecretName !== undefined && (await secretsNamed(db, folder.id, [newSecretName])).length > 0) {
      throw badRequest('Secret with the new name already exist');
    }
    const [row] = await updateSecrets(server, db, [{ ...body, id: existing.id }]);
    const answered = answer(row as SecretRow);
    // 2024 shows the comment of the request, not the stored one.
    return legacy ? { secret: { ...answered.secret, secretComment: body.secretComment ?? '' } } : answered;
  });

  const removal = { rate: 'secrets', body: z.object(place) } as const;
  remove(url, removal, async ({ actor, body, params: { name = '' } }) => {
    const { folder, answer } = await open(actor, body, 'delete', legacy ? 'Delete secret' : 'DeleteSecret');
    const rows = await secretsNamed(db, folder.id, [name]);
    const [row] = rows;
    if (row === undefined) throw notFound('Secret not found');
    await deleteSecrets(db, rows);
    return answer(row);
  });
}
