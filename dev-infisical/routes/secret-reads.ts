import { z } from 'zod';
import { broken, notFound, badRequest } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { flag, route } from '../http/route';
import { expandReferences } from '../model/references';
import { folderAt, openPlace, type ProjectFields, type SecretPlace } from '../model/secret-place';
import { secretView } from '../model/secret-view';
import { secretsIn, secretsNamed, type SecretRow } from '../model/secrets';
import { first } from '../store/database';
import { environment, readFlags, secretPath, type SecretFamily } from './secret-fields';

// Deeper folders are left out of a recursive list without a word.
const MAX_DEPTH = 20;

/** Listing a folder or everything below it, and reading one secret. */
export function registerSecretReads(server: Server, family: SecretFamily): void {
  const { db } = server;
  const legacy = isLegacy(server);
  type Query = ProjectFields & {
    environment: string;
    expandSecretReferences: boolean;
    viewSecretValue: boolean;
  };

  const view = async (row: SecretRow, place: SecretPlace, path: string, query: Query) => {
    const { id } = place.access.project;
    const at = { projectId: id, environment: place.environment, path };
    const shown = secretView(server, row, at, query.viewSecretValue);
    if (!query.expandSecretReferences) return shown;
    return { ...shown, secretValue: await expandReferences(server, id, shown.secretValue, at) };
  };

  // A list of 2024 leaves a value as it is where its expansion breaks.
  const viewInList = (row: SecretRow, place: SecretPlace, path: string, query: Query) =>
    view(row, place, path, query).catch((error: unknown) => {
      if (!legacy) throw error;
      return view(row, place, path, { ...query, expandSecretReferences: false });
    });

  route(server, {
    method: 'GET',
    url: family.base,
    access: 'member',
    rate: 'secrets',
    query: z.object({
      ...family.project,
      environment: legacy ? environment.default('') : environment,
      secretPath,
      recursive: flag,
      ...readFlags(legacy),
    }),
    handle: async ({ actor, query }) => {
      const byId = query.workspaceId !== undefined;
      const bySlug = actor.type === 'identity' && query.workspaceSlug !== undefined;
      if (legacy && (query.environment === '' || !(byId || bySlug))) {
        throw badRequest('Missing workspace id or environment');
      }
      // A recursive list of 2024 leaves out what the caller may not read, even when that is everything.
      const silent = legacy && query.recursive;
      const place = await openPlace(server, actor, query, silent ? undefined : 'read');
      if (silent && !place.access.allows('read', 'secrets')) return { secrets: [] };
      if (legacy && place.tree === undefined && query.recursive) throw broken();
      const folder = legacy
        ? place.tree?.find(query.secretPath)
        : folderAt(server, place, query.secretPath, 'SecretPathNotFound');
      if (folder === undefined || place.tree === undefined) {
        return query.recursive && !query.include_imports ? { secrets: [] } : { secrets: [], imports: [] };
      }
      const { tree } = place;
      const path = tree.pathOf(folder);
      const depth = path.split('/').length + MAX_DEPTH;
      const folders = query.recursive ? tree.below(folder) : [folder];
      const paths = new Map(folders.map((each) => [each.id, tree.pathOf(each)]));
      const near = [...paths].filter(([, each]) => each.split('/').length <= depth).map(([id]) => id);
      const rows = await secretsIn(db, near);
      const secrets = await Promise.all(
        rows.map(async (row) => {
          const at = paths.get(row.folderId) ?? path;
          return { ...(await viewInList(row, place, at, query)), secretPath: at, tags: [] };
        }),
      );
      return query.include_imports ? { secrets, imports: [] } : { secrets };
    },
  });

  route(server, {
    method: 'GET',
    url: `${family.base}/:name`,
    access: 'member',
    rate: 'secrets',
    query: z.object({
      ...family.project,
      environment: legacy ? environment.default('') : environment,
      secretPath,
      type: z.enum(['shared', 'personal']).default('shared'),
      version: z.coerce.number().int().optional(),
      ...readFlags(legacy),
    }),
    handle: async ({ actor, params, query }) => {
      if (legacy && query.environment === '') throw badRequest('Missing environment');
      if (legacy && !query.workspaceId && !query.workspaceSlug) {
        throw badRequest('You must provide workspaceSlug or workspaceId');
      }
      const name = (params.name ?? '').trim();
      const place = await openPlace(server, actor, query, 'read');
      const folder = folderAt(server, place, query.secretPath, legacy ? 'Create secret' : 'GetSecretByName');
      // There are no personal secrets here.
      const [row] = query.type === 'personal' ? [] : await secretsNamed(db, folder.id, [name]);
      const wanted = row && (await atVersion(row, query.version));
      if (wanted === undefined) {
        throw legacy
          ? notFound('Secret not found')
          : notFound(`Secret with name '${name}' not found`, 'GetSecretByName');
      }
      return { secret: { ...(await view(wanted, place, query.secretPath, query)), tags: [] } };
    },
  });

  const atVersion = async (row: SecretRow, version: number | undefined): Promise<SecretRow | undefined> => {
    if (legacy || version === undefined) return row;
    const key = [row.id, version];
    const old = await first<{ value: Buffer }>(
      db,
      'select value from secret_versions where "secretId" = $1 and version = $2',
      key,
    );
    return old && { ...row, ...old, version };
  };
}
