import { z } from 'zod';
import { badInput } from '../../contracts/core/failures';
import type { Scope } from '../backend';
import type { Call } from '../http';
import { InfisicalError } from '../problem';
import { backend } from '../server';
import type { Session } from '../session';

const NAME = /^[A-Za-z0-9_-]+$/;

/**
 * Makes the folders that are missing and returns their paths: one request each, one after another, because parallel
 * creation doubles the parents on servers without a unique constraint. Parents come into being with their children.
 */
export async function ensureFolders(
  session: Session,
  scope: Scope,
  folders: Iterable<string>,
  { onProgress = () => {} }: { onProgress?: (line: string) => void } = {},
): Promise<string[]> {
  const wanted = [...new Set(folders)].filter((path) => path !== '/').sort();
  wanted.forEach(assertPath);
  if (wanted.length === 0) return [];
  const routes = await backend(session.http, 'folders');
  const present = await routes.present(session, scope, wanted);
  const missing = wanted.filter((path) => !present.has(path));
  const leaves = missing.filter((path) => !missing.some((other) => other.startsWith(`${path}/`)));
  for (const folder of leaves) {
    const cut = folder.lastIndexOf('/');
    const [path, name] = [folder.slice(0, cut) || '/', folder.slice(cut + 1)];
    await create(session, folder, routes.creation(scope, { path, name }));
    onProgress(`folder ${folder}`);
  }
  return missing;
}

async function create(session: Session, folder: string, call: Call): Promise<void> {
  try {
    await session.send(call, z.object({ folder: z.object({ id: z.string() }) }));
  } catch (error) {
    if (!(error instanceof InfisicalError)) throw error;
    if (error.kind === 'conflict') return;
    // the request's route is the same for all folders
    throw error.as(error.problem, `folder ${folder}: ${error.message}`);
  }
}

// the server checks only the last segment
function assertPath(path: string): void {
  const [root, ...names] = path.split('/');
  if (root !== '' || names.length === 0 || !names.every((name) => NAME.test(name)))
    throw badInput(
      `The folder "${path}" cannot be made: /name/name with letters, digits, - and _ is allowed.`,
    );
}
