import { posix } from 'node:path';
import { z } from 'zod';
import { missingForMembers, openProject } from '../access/project-access';
import type { Actor } from '../http/actor';
import { badRequest, broken, notFound } from '../http/api-error';
import { isLegacy, type Server } from '../http/context';
import { flag, route } from '../http/route';
import {
  findEnvironment,
  loadFolders,
  lock,
  makeFolders,
  type Folder,
  type FolderTree,
} from '../model/folders';

const text = z.string().trim();
const notTaken: z.ZodType<string | undefined> = z
  .unknown()
  .optional()
  .transform(() => undefined);
const NAME = /^[A-Za-z0-9-_]+$/;

/** Folders. v1 (workspaceId) is the only one of 2024, where creating is idempotent; v2 refuses what exists. */
export function registerFolderRoutes(server: Server): void {
  registerFamily(server, '/api/v1/folders', 'workspaceId');
  if (!isLegacy(server)) registerFamily(server, '/api/v2/folders', 'projectId');
}

function registerFamily(server: Server, url: string, projectField: 'workspaceId' | 'projectId'): void {
  const { db } = server;
  const legacy = isLegacy(server);
  const place = {
    projectId: projectField === 'projectId' ? text : notTaken,
    workspaceId: projectField === 'workspaceId' ? text : notTaken,
    environment: text,
    path: text.default('/').transform(absolute),
  };
  const projectOf = (fields: { projectId: string | undefined; workspaceId: string | undefined }) =>
    fields.projectId ?? fields.workspaceId ?? '';

  const open = async (
    actor: Actor,
    projectId: string,
    slug: string,
    action: 'read' | 'create' | 'delete',
  ) => {
    const access = await openProject(server, actor, projectId, missingForMembers);
    // 2024 lets every member read folders, whatever the role.
    if (!legacy || action !== 'read') access.require(action, 'secret-folders');
    const environment = await findEnvironment(db, access.project.id, slug);
    if (environment !== undefined) return environment;
    throw legacy
      ? notFound(
          'Environment not found',
          { create: 'Create folder', read: 'get folders', delete: 'Create folder' }[action],
        )
      : notFound(`Environment with slug '${slug}' in project with ID ${projectId} not found`);
  };

  route(server, {
    method: 'POST',
    url,
    access: 'member',
    rate: 'secrets',
    body: z.object({
      ...place,
      name: legacy
        ? text
        : text.regex(
            NAME,
            'Invalid folder name. Only alphanumeric characters, dashes, and underscores are allowed.',
          ),
      description: z.string().nullish(),
    }),
    handle: async ({ actor, body }) => {
      const { environment: slug, path, name } = body;
      const environment = await open(actor, projectOf(body), slug, 'create');
      if (legacy) return { folder: await makeLegacyFolder(environment.id, posix.join(path, name)) };
      const folder = await db.transaction(async (tx) => {
        await lock(tx, environment.id);
        const tree = await loadFolders(tx, environment.id);
        const parent = await makeFolders(tx, tree, tree.root, segments(path));
        if (tree.child(parent.id, name))
          throw badRequest(`Folder with name '${name}' already exists in path '${path}'`);
        return makeFolders(tx, tree, parent, [name], body.description ?? undefined);
      });
      return { folder: { ...folder, path: posix.join(path, name) } };
    },
  });

  // No lock here: parallel requests for one path make twins, as they did in 2024.
  const makeLegacyFolder = async (envId: string, path: string) => {
    if (!/^[A-Za-z0-9-_/]*$/.test(path)) throw broken('Find by secret path');
    const tree = await loadFolders(db, envId);
    return makeFolders(db, tree, tree.root, segments(path));
  };

  route(server, {
    method: 'GET',
    url,
    access: 'member',
    rate: 'read',
    query: z.object({ ...place, recursive: flag }),
    handle: async ({ actor, query }) => {
      const { environment: slug, path } = query;
      const environment = await open(actor, projectOf(query), slug, 'read');
      const tree = await loadFolders(db, environment.id);
      const folder = tree.find(path);
      if (folder === undefined) return { folders: [] };
      if (legacy || !query.recursive) return { folders: tree.childrenOf(folder.id) };
      const below = tree.below(folder).slice(1);
      return { folders: below.map((row) => ({ ...row, relativePath: relative(tree, folder, row) })) };
    },
  });

  route(server, {
    method: 'GET',
    url: `${url}/:folderId`,
    access: 'member',
    rate: 'read',
    handle: async ({ actor, params }) => {
      const [row] = await db.query<Folder & { projectId: string }>(
        'select f.*, e."projectId" from folders f join environments e on e.id = f."envId" where f.id::text = $1',
        [params.folderId],
      );
      if (row === undefined)
        throw notFound(legacy ? 'Folder not found' : `Folder with ID '${params.folderId}' not found`);
      const { projectId, ...folder } = row;
      const access = await openProject(server, actor, projectId, missingForMembers);
      access.require('read', 'secret-folders');
      const tree = await loadFolders(db, folder.envId);
      return { folder: { ...folder, path: tree.pathOf(folder) } };
    },
  });

  route(server, {
    method: 'DELETE',
    url: `${url}/:idOrName`,
    access: 'member',
    rate: 'secrets',
    body: z.object(place),
    handle: async ({ actor, body, params }) => {
      const { environment: slug, path } = body;
      const environment = await open(actor, projectOf(body), slug, 'delete');
      const tree = await loadFolders(db, environment.id);
      const parent = tree.find(path);
      const wanted = params.idOrName;
      const folder =
        parent && tree.childrenOf(parent.id).find(({ id, name }) => id === wanted || name === wanted);
      if (folder === undefined) throw notFound('Folder not found', 'Delete folder');
      await db.query('delete from folders where id = $1', [folder.id]);
      return { folder };
    },
  });
}

const segments = (path: string) => path.split('/').filter((name) => name !== '');

// Folder routes take a path without a leading slash, with a trailing one, or both.
const absolute = (path: string) => `/${segments(path).join('/')}`;

const relative = (tree: FolderTree, top: Folder, folder: Folder) =>
  posix.relative(tree.pathOf(top), posix.dirname(tree.pathOf(folder)));
