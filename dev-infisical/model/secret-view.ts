import type { Context } from '../http/context';
import { isLegacy } from '../http/context';
import type { SecretRow } from './secrets';

const HIDDEN = '<hidden-by-infisical>';

/** Where a secret stands; `path` as the answer shall show it. */
export interface Position {
  projectId: string;
  environment: string;
  path: string;
}

/** A secret as answers show it, its value decrypted unless it is to be hidden. */
export function secretView(context: Context, row: SecretRow, at: Position, visible = true) {
  const { cipher } = context;
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
  if (isLegacy(context)) return { ...shared, metadata: null };
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
