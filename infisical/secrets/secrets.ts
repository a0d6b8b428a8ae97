import { z } from 'zod';
import { inParallel } from '../../contracts/core/in-parallel';
import { badInput, refused } from '../../contracts/core/failures';
import type { ObservedSecret } from '../../contracts/plan/places';
import type { SecretWrite } from '../../contracts/plan/writes';
import type { Batch, Scope } from '../backend';
import { InfisicalError, isInfisicalError, unless } from '../problem';
import { backend } from '../server';
import type { Session } from '../session';
import type { Call } from '../http';

/** So many folders are listed at once: a server's answer takes longer than its turn. */
export const LISTED_AT_ONCE = 4;

/**
 * Every shared secret under `path` in one request, values as stored (references not expanded, imports left out).
 * A folder or environment that does not exist has none. A key that the server holds twice comes twice.
 */
export const listSecrets = (session: Session, scope: Scope, path = '/'): Promise<ObservedSecret[]> =>
  list(session, scope, path, false);

/** What readers of these folders find with references expanded and with what the folders import: one request each. */
export async function listExpanded(
  session: Session,
  scope: Scope,
  folders: readonly string[],
): Promise<ObservedSecret[]> {
  const found = await inParallel(folders, LISTED_AT_ONCE, (path) => list(session, scope, path, true));
  return found.flat();
}

async function list(
  session: Session,
  scope: Scope,
  path: string,
  expand: boolean,
): Promise<ObservedSecret[]> {
  const routes = await backend(session.http, 'secrets');
  const rows = await routes.list(session, scope, path, expand).catch((error: unknown) => {
    if (isInfisicalError(error, 'notFound') && !error.says(/project/i)) return [];
    throw error;
  });
  return rows
    .filter(({ type }) => type === 'shared')
    .map(({ secretKey: key, secretPath, secretValue: value, secretValueHidden, version }) => {
      const folder = secretPath.replace(/\/+$/, '') || '/';
      if (secretValueHidden)
        throw new InfisicalError(
          `This identity sees ${key} in ${folder} but not its value: its role needs "read value" on secrets`,
          { kind: 'forbidden' },
        );
      return { folder, key, version, value };
    });
}

const answerSchema = z.union([
  z.object({ approval: z.looseObject({}) }),
  z.object({ secrets: z.array(z.unknown()) }),
]);

/** Fastify's body limit, which this server leaves at its default. */
const BODY_LIMIT = 1024 * 1024;

/**
 * Writes in batches, each all-or-nothing, and tells `onProgress` after each how far it is. Nothing is sent twice: after a
 * lost answer list again and write what is still missing. All folders must exist.
 */
export async function writeSecrets(
  session: Session,
  scope: Scope,
  writes: readonly SecretWrite[],
  { onProgress = () => {} }: { onProgress?: (line: string) => void } = {},
): Promise<void> {
  // the last of several writes to one key counts: a batch with a key twice makes two rows on older servers
  const unique = [...new Map(writes.map((write) => [`${write.folder}\n${write.key}`, write])).values()];
  if (unique.length === 0) return;
  const batches = (await backend(session.http, 'secrets')).batches(scope, unique);
  batches.forEach(assertFits);
  let done = 0;
  for (const batch of batches) {
    const answer = await session.send(batch.call, answerSchema);
    if ('approval' in answer)
      throw refused(
        `Infisical did not write ${foldersOf(batch)} but opened a change request: a change policy of the project covers it. ` +
          'Exempt the seeder identity from that policy, or merge the request, and run again.',
      );
    done += batch.writes.length;
    onProgress(`${done} of ${unique.length} secrets`);
  }
}

/** Deletes in batches, each all-or-nothing. A place where nothing is any more is no error. */
export async function removeSecrets(
  session: Session,
  scope: Scope,
  places: readonly Omit<SecretWrite, 'action' | 'value'>[],
  { onProgress = () => {} }: { onProgress?: (line: string) => void } = {},
): Promise<void> {
  const routes = await backend(session.http, 'secrets');
  let done = 0;
  for (const { call, places: batch } of routes.removals(scope, places)) {
    await unless(session.send(call, z.unknown()), 'notFound');
    done += batch.length;
    onProgress(`${done} of ${places.length} secrets deleted`);
  }
}

function assertFits({ call, writes }: Batch): void {
  if (writes.length > 1) return; // several are never near the limit
  if (Buffer.byteLength(JSON.stringify(call.body)) <= BODY_LIMIT) return;
  const [write] = writes;
  throw badInput(
    `The value of ${write?.key} in ${write?.folder} is too large: Infisical takes requests of at most 1 MiB.`,
  );
}

const foldersOf = ({ writes }: Batch) => [...new Set(writes.map(({ folder }) => folder))].join(', ');

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
