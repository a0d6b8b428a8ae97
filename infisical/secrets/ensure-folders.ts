import { z } from 'zod';
import { badInput } from '../../contracts/core/failures';
import { foldersGeneration } from '../detect-capabilities';
import { InfisicalError, isInfisicalError } from '../problem';
import type { Session } from '../session';
import { listChildFolders, listFolders } from './list-folders';
import type { Scope } from './scope';

const NAME = /^[A-Za-z0-9_-]+$/;

/**
 * Makes the folders that are missing and returns their paths: one request each, one after another, because parallel
 * creation doubles the parents on servers without a unique constraint. Parents come into being with their children.
 */
export async function ensureFolders(
  session: Session,
  scope: Scope,
  folders: Iterable<string>,
  { onFolder = () => {} }: { onFolder?: (path: string) => void } = {},
): Promise<string[]> {
  const wanted = [...new Set(folders)].filter((path) => path !== '/').sort();
  wanted.forEach(assertPath);
  if (wanted.length === 0) return [];
  const generation = await foldersGeneration(session.http);
  const present =
    generation === 'v2' ? await listFolders(session, scope) : await presentAmong(session, scope, wanted);
  const missing = wanted.filter((path) => !present.has(path));
  const leaves = missing.filter((path) => !missing.some((other) => other.startsWith(`${path}/`)));
  for (const path of leaves) {
    await createFolder(session, scope, path, generation);
    onFolder(path);
  }
  return missing;
}

async function presentAmong(session: Session, scope: Scope, wanted: string[]): Promise<Set<string>> {
  const present = new Set(['']);
  const parents = [...new Set(wanted.flatMap(ancestorsOf))].sort();
  for (const parent of parents) {
    if (!present.has(parent)) continue;
    const names = await listChildFolders(session, scope, parent || '/');
    names.forEach((name) => present.add(`${parent}/${name}`));
  }
  return present;
}

async function createFolder(session: Session, scope: Scope, folder: string, generation: 'v2' | 'v1') {
  const { projectId, environment } = scope;
  const cut = folder.lastIndexOf('/');
  const [path, name] = [folder.slice(0, cut) || '/', folder.slice(cut + 1)];
  const body = { environment, name, path };
  try {
    await session.send(
      generation === 'v2'
        ? { method: 'POST', route: '/api/v2/folders', body: { ...body, projectId } }
        : { method: 'POST', route: '/api/v1/folders', body: { ...body, workspaceId: projectId } },
      z.object({ folder: z.object({ id: z.string() }) }),
    );
  } catch (error) {
    if (isInfisicalError(error, 'conflict')) return;
    if (!(error instanceof InfisicalError)) throw error;
    // the request's route is the same for all folders
    throw new InfisicalError(`folder ${folder}: ${error.message}`, error.problem, error.status, error.server);
  }
}

/** '' (the root), '/a', '/a/b' for '/a/b/c'. */
const ancestorsOf = (path: string) =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, index, parts) => parts.slice(0, index + 1).join('/'));

// the server checks only the last segment
function assertPath(path: string): void {
  const [root, ...names] = path.split('/');
  if (root !== '' || names.length === 0 || !names.every((name) => NAME.test(name)))
    throw badInput(
      `The folder "${path}" cannot be made: /name/name with letters, digits, - and _ is allowed.`,
    );
}
