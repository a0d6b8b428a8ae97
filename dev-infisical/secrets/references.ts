import type { Context } from '../http/context';
import { broken } from '../http/errors';
import { findEnvironment } from '../projects/project';
import { loadFolders } from './folder-tree';
import { secretsNamed } from './secret';

const REFERENCE = /\$\{([a-zA-Z0-9-_.]+)\}/g;
const MAX_DEPTH = 10;

/**
 * Replaces `${KEY}` and `${env.folder.KEY}` in a value. What cannot be resolved is nothing today, and stayed as it was in
 * 2024, which breaks on a folder that is not there. A circle is left as written.
 */
export async function expandReferences(
  context: Context,
  projectId: string,
  value: string,
  at: { environment: string; path: string },
  above: readonly string[] = [],
): Promise<string> {
  if (above.length > MAX_DEPTH) return value;
  let result = value;
  for (const [whole, inner] of value.matchAll(REFERENCE)) {
    const parts = (inner ?? '').split('.');
    const key = parts.pop() ?? '';
    const [environment, ...folders] = parts;
    const target = environment === undefined ? at : { environment, path: `/${folders.join('/')}` };
    const found = await readValue(context, projectId, target, key);
    const place = `${target.environment}${target.path}:${key}`;
    if (above.includes(place) || (!found && context.legacy)) continue;
    const expanded = found && (await expandReferences(context, projectId, found, target, [...above, place]));
    result = result.replace(whole, () => expanded ?? '');
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
