import type { Context } from '../http/context';
import { broken } from '../http/errors';
import { findEnvironment } from '../projects/project';
import { loadFolders } from './folder-tree';
import { secretsNamed } from './secret';

const REFERENCE = /\$\{([a-zA-Z0-9-_.]+)\}/g;
const MAX_DEPTH = 10;

/**
 * Replaces `${KEY}` and `${env.folder.KEY}` in a value; what cannot be resolved, or is empty, stays as it is. 2024
 * breaks on a folder that is not there.
 */
export async function expandReferences(
  context: Context,
  projectId: string,
  value: string,
  at: { environment: string; path: string },
  depth = 0,
): Promise<string> {
  if (depth > MAX_DEPTH) return value;
  let result = value;
  for (const [whole, inner] of value.matchAll(REFERENCE)) {
    const parts = (inner ?? '').split('.');
    const key = parts.pop() ?? '';
    const [environment, ...folders] = parts;
    const target = environment === undefined ? at : { environment, path: `/${folders.join('/')}` };
    const found = await readValue(context, projectId, target, key);
    if (!found) continue;
    const expanded = await expandReferences(context, projectId, found, target, depth + 1);
    result = result.replace(whole, () => expanded);
  }
  return result;
}

async function readValue(
  { db, cipher, legacy }: Context,
  projectId: string,
  { environment, path }: { environment: string; path: string },
  key: string,
): Promise<string | undefined> {
  const found = await findEnvironment(db, projectId, environment);
  const folder = found && (await loadFolders(db, found.id)).find(path);
  if (folder === undefined && legacy) throw broken();
  const [row] = folder === undefined ? [] : await secretsNamed(db, folder.id, [key]);
  return row && cipher.decrypt(row.value);
}
