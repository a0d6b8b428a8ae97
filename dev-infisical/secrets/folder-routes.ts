import { posix } from 'node:path';
import { z } from 'zod';
import { openProject } from '../access/project';
import type { Actor, Server } from '../http/context';
import { badRequest, broken, notFound } from '../http/errors';
import { flag, routesOf, text, unknownField } from '../http/route';
import { findEnvironment } from '../projects/project';
import { loadFolders, lock, makeFolders, type Folder, type FolderTree } from './folder-tree';

const TODAYS_NAME = text.regex(
  /^[A-Za-z0-9-_]+$/,
  'Invalid folder name. Only alphanumeric characters, dashes, and underscores are allowed.',
);
/** The free-text name of the error for an unknown environment in 2024. */
const OLDER_ERRORS = { create: 'Create folder', read: 'get folders', delete: 'Create folder' };

/** Folders. v1 (workspaceId) is the only one of 2024, where creating is idempotent; v2 refuses what exists. */
export function registerFolderRoutes(server: Server): void {
  registerFamily(server, '/api/v1/folders', { workspaceId: text, projectId: unknownField });
  if (!server.legacy)
    registerFamily(server, '/api/v2/folders', { projectId: text, workspaceId: unknownField });
}

type Field = z.ZodType<string | undefined>;
type Fields = {
  projectId?: string | undefined;
  workspaceId?: string | undefined;
  environment: string;
  path?: string | undefined;
};

function registerFamily(
  server: Server,
  url: string,
  project: { projectId: Field; workspaceId: Field },
): void {
  const { db, legacy } = server;
  const { get, post, remove } = routesOf(server);
  const place = { ...project, environment: text, path: text.default('/').transform(absolute) };
  // v1 of today goes by its older name too, which the CLI uses, and v2 wants a path; in 2024 the default of path hid that name
  const older = {
    ...place,
    path: legacy ? place.path : text.transform(absolute).optional(),
    directory: text.default('/').transform(absolute),
  };
  const listed = url.includes('/v1/')
    ? z
        .object({ ...older, recursive: flag })
        .transform(({ path, directory, ...rest }) => ({ ...rest, path: path ?? directory }))
    : z.object({ ...place, path: text.transform(absolute), recursive: flag });

  const open = async (actor: Actor, fields: Fields, action: keyof typeof OLDER_ERRORS) => {
    const { projectId = fields.workspaceId, environment: slug } = fields;
    const access = await openProject(server, actor, projectId);
    // Every member reads folders, whatever the role.
    const at = legacy && fields.path !== undefined ? { environment: slug, path: fields.path } : undefined;
    if (action !== 'read') access.require(action, 'secret-folders', at);
    const environment = await findEnvironment(db, access.project.id, slug);
    if (environment !== undefined) return environment.id;
    throw legacy
      ? notFound('Environment not found', OLDER_ERRORS[action])
      : notFound(`Environment with slug '${slug}' in project with ID ${projectId} not found`);
  };

  const wanted = z.object({
    ...place,
    name: legacy ? text : TODAYS_NAME,
    description: z.string().nullish(),
  });
  post(url, { rate: 'secrets', body: wanted }, async ({ actor, body }) => {
    const { path, name } = body;
    const envId = await open(actor, body, 'create');
    if (legacy) return { folder: await makeLegacyFolder(envId, posix.join(path, name)) };
    const folder = await db.transaction(async (tx) => {
      await lock(tx, envId);
      const tree = await loadFolders(tx, envId);
      const parent = await makeFolders(tx, tree, tree.root, segments(path));
      if (tree.child(parent.id, name))
        throw badRequest(`Folder with name '${name}' already exists in path '${path}'`);
      return makeFolders(tx, tree, parent, [name], body.description ?? undefined);
    });
    return { folder: { ...folder, path: posix.join(path, name) } };
  });

  // No lock here: parallel requests for one path make twins, as they did in 2024.
  const makeLegacyFolder = async (envId: string, path: string) => {
    if (!/^[A-Za-z0-9-_/]*$/.test(path)) throw broken('Find by secret path');
    const tree = await loadFolders(db, envId);
    return makeFolders(db, tree, tree.root, segments(path));
  };

  get(url, { query: listed }, async ({ actor, query }) => {
    const tree = await loadFolders(db, await open(actor, query, 'read'));
    const folder = tree.find(query.path);
    if (folder === undefined) return { folders: [] };
    if (legacy || !query.recursive) return { folders: tree.childrenOf(folder.id) };
    const below = tree.below(folder).slice(1);
    return { folders: below.map((row) => ({ ...row, relativePath: relative(tree, folder, row) })) };
  });

  get(`${url}/:folderId`, {}, async ({ actor, params: { folderId } }) => {
    const row = await db.first<Folder & { projectId: string }>`
      select f.*, e."projectId" from folders f join environments e on e.id = f."envId" where f.id::text = ${folderId}`;
    if (row === undefined)
      throw notFound(legacy ? 'Folder not found' : `Folder with ID '${folderId}' not found`);
    const { projectId, ...folder } = row;
    const access = await openProject(server, actor, projectId);
    access.require('read', 'secret-folders');
    const tree = await loadFolders(db, folder.envId);
    return { folder: { ...folder, path: tree.pathOf(folder) } };
  });

  const removal = { rate: 'secrets', body: z.object(place) } as const;
  remove(`${url}/:idOrName`, removal, async ({ actor, body, params: { idOrName } }) => {
    const tree = await loadFolders(db, await open(actor, body, 'delete'));
    const parent = tree.find(body.path);
    const children = parent === undefined ? [] : tree.childrenOf(parent.id);
    const folder = children.find(({ id, name }) => id === idOrName || name === idOrName);
    if (folder === undefined) throw notFound('Folder not found', 'Delete folder');
    await db.query`delete from folders where id = ${folder.id}`;
    return { folder };
  });
}

const segments = (path: string) => path.split('/').filter((name) => name !== '');

// Folder routes take a path without a leading slash, with a trailing one, or both.
const absolute = (path: string) => `/${segments(path).join('/')}`;

const relative = (tree: FolderTree, top: Folder, folder: Folder) =>
  posix.relative(tree.pathOf(top), posix.dirname(tree.pathOf(folder)));
