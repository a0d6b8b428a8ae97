import { z } from 'zod';
import type { Server } from '../http/context';
import { badRequest, broken, notFound } from '../http/errors';
import { flag, routesOf } from '../http/route';
import { readFields, secretType, type SecretFamily } from './fields';
import { importedInto } from './imports';
import { folderAt, openPlace, type ProjectFields, type SecretPlace } from './place';
import { expandReferences } from './references';
import { secretsIn, secretsNamed, secretView, type SecretRow } from './secret';

// Deeper folders are left out of a recursive list without a word.
const MAX_DEPTH = 20;

type Query = ProjectFields & {
  environment: string;
  expandSecretReferences: boolean;
  viewSecretValue: boolean;
  include_imports: boolean;
  includeImports: boolean;
};
const withImports = (query: Query) => query.include_imports || query.includeImports;

/** Listing a folder or everything below it, and reading one secret. */
export function registerSecretReads(server: Server, family: SecretFamily): void {
  const { db, legacy } = server;
  const { get } = routesOf(server);
  const fields = readFields(family, legacy);

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

  const listing = { rate: 'secrets', query: z.object({ ...fields, recursive: flag }) } as const;
  get(family.base, listing, async ({ actor, query }) => {
    const byId = query.workspaceId !== undefined;
    const bySlug = actor.type === 'identity' && query.workspaceSlug !== undefined;
    const isNamed = family.generous || byId || bySlug;
    if (query.environment === '' || (legacy && !isNamed)) {
      throw badRequest(`Missing ${legacy ? 'workspace' : 'project'} id or environment`);
    }
    // A recursive list of 2024 leaves out what the caller may not read, even when that is everything.
    const silent = legacy && query.recursive;
    // today a folder that is not there is told before rights are looked at
    const place = await openPlace(server, actor, query, silent || !legacy ? undefined : 'read');
    if (silent && !place.access.allows('read', 'secrets')) return { secrets: [] };
    if (legacy && place.tree === undefined && query.recursive) throw broken();
    const folder = legacy
      ? place.tree?.find(query.secretPath)
      : folderAt(server, place, query.secretPath, 'SecretPathNotFound');
    // whoever may read anything gets what he may read there, and no word of the rest
    if (!legacy) place.access.require('read', 'secrets');
    if (folder === undefined || place.tree === undefined) {
      return query.recursive && !withImports(query) ? { secrets: [] } : { secrets: [], imports: [] };
    }
    const { tree } = place;
    const path = tree.pathOf(folder);
    const depth = path.split('/').length + MAX_DEPTH;
    const folders = query.recursive ? tree.below(folder) : [folder];
    const { environment } = query;
    const readable = (at: { environment: string; path: string }) =>
      place.access.allows('read', 'secrets', at);
    const paths = new Map(
      folders
        .map((each) => [each.id, tree.pathOf(each)] as const)
        .filter(([, each]) => readable({ environment, path: each })),
    );
    const near = [...paths].filter(([, each]) => each.split('/').length <= depth).map(([id]) => id);
    const rows = await secretsIn(db, near);
    const secrets = await Promise.all(
      rows.map(async (row) => {
        const at = paths.get(row.folderId) ?? path;
        return { ...(await viewInList(row, place, at, query)), secretPath: at, tags: [] };
      }),
    );
    if (!withImports(query)) return legacy ? { secrets } : { secrets, imports: [] };
    const imports = (await importedInto(server, near))
      .filter(readable)
      .map(async ({ environment, path: from, folder: of, rows: own }) => ({
        secretPath: from,
        environment,
        folderId: of.id,
        secrets: await Promise.all(
          own.map(async (row) => ({
            ...(await viewInList(row, { ...place, environment }, from, query)),
            secretPath: undefined,
          })),
        ),
      }));
    return { secrets, imports: await Promise.all(imports) };
  });

  const version = z.coerce.number().int().optional();
  const single = { rate: 'secrets', query: z.object({ ...fields, type: secretType, version }) } as const;
  get(`${family.base}/:name`, single, async ({ actor, params, query }) => {
    if (query.environment === '') throw badRequest('Missing environment');
    if (legacy && !query.workspaceId && !query.workspaceSlug) {
      throw badRequest('You must provide workspaceSlug or workspaceId');
    }
    const name = (params.name ?? '').trim();
    // today a folder that is not there is told before the role is looked at
    const place = await openPlace(server, actor, query, legacy ? 'read' : undefined);
    const folder = folderAt(server, place, query.secretPath, legacy ? 'Create secret' : 'GetSecretByName');
    place.access.require('read', 'secrets', { environment: query.environment, path: query.secretPath });
    // There are no personal secrets here.
    const [row] = query.type === 'personal' ? [] : await secretsNamed(db, folder.id, [name]);
    const wanted = row && (await atVersion(row, query.version));
    if (wanted === undefined && withImports(query)) {
      const imported = (await importedInto(server, [folder.id]))
        .filter((each) => place.access.allows('read', 'secrets', each))
        .reverse();
      for (const { environment, path, rows } of imported) {
        const found = rows.find(({ key }) => key === name);
        if (found)
          return { secret: { ...(await view(found, { ...place, environment }, path, query)), tags: [] } };
      }
    }
    if (wanted === undefined) {
      throw legacy
        ? notFound('Secret not found')
        : notFound(`Secret with name '${name}' not found`, 'GetSecretByName');
    }
    return { secret: { ...(await view(wanted, place, query.secretPath, query)), tags: [] } };
  });

  const atVersion = async (row: SecretRow, number: number | undefined): Promise<SecretRow | undefined> => {
    if (legacy || number === undefined) return row;
    const old = await db.first<{ value: Buffer }>`
      select value from secret_versions where "secretId" = ${row.id} and version = ${number}`;
    return old && { ...row, ...old, version: number };
  };
}
