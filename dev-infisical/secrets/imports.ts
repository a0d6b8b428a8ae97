import { z } from 'zod';
import { openProject } from '../access/project';
import type { Context, Server } from '../http/context';
import { notFound } from '../http/errors';
import { routesOf, text } from '../http/route';
import { findEnvironment } from '../projects/project';
import type { Database } from '../store/database';
import { loadFolders, type Folder } from './folder-tree';
import { secretsIn, type SecretRow } from './secret';

interface ImportRow {
  id: string;
  importPath: string;
  importEnvId: string;
  slug: string;
  position: number;
}

/** Imports of one folder into another, in their order. Paths that are not there are taken, as on the real server. */
export function registerImportRoutes(server: Server): void {
  const { db } = server;
  const { post } = routesOf(server);
  const place = { workspaceId: text, environment: text, path: text.default('/') };
  const body = z.object({ ...place, import: z.object({ environment: text, path: text }) });
  post('/api/v1/secret-imports', { rate: 'secrets', body }, async ({ actor, body: asked }) => {
    const { project, ...access } = await openProject(server, actor, asked.workspaceId);
    access.require('create', 'secrets');
    const [into, from] = [
      await findEnvironment(db, project.id, asked.environment),
      await findEnvironment(db, project.id, asked.import.environment),
    ];
    const folder = into && (await loadFolders(db, into.id)).find(asked.path);
    if (folder === undefined || from === undefined) throw notFound('Folder not found');
    const { id, position } = await db.one<ImportRow>`
      insert into secret_imports ("folderId", "importEnvId", "importPath")
      values (${folder.id}, ${from.id}, ${asked.import.path}) returning *`;
    const importEnv = { id: from.id, name: from.name, slug: from.slug };
    const secretImport = { id, position, importPath: asked.import.path, importEnv };
    return { message: 'Successfully created secret import', secretImport };
  });
}

/** What a folder gets from others, in the order of its imports: of two, the last one counts. */
export interface Imported {
  environment: string;
  path: string;
  folder: Folder;
  rows: SecretRow[];
}

/** The imports of folders whose targets are there. Imports of what is imported are not followed. */
export async function importedInto({ db }: Context, folderIds: readonly string[]): Promise<Imported[]> {
  const found: Imported[] = [];
  for (const { importEnvId, importPath, slug } of await importsOf(db, folderIds)) {
    const folder = (await loadFolders(db, importEnvId)).find(importPath);
    if (folder === undefined) continue;
    found.push({ environment: slug, path: importPath, folder, rows: await secretsIn(db, [folder.id]) });
  }
  return found;
}

const importsOf = (db: Database, folderIds: readonly string[]) =>
  db.query<ImportRow>`
    select i.*, e.slug from secret_imports i join environments e on e.id = i."importEnvId"
    where i."folderId" = any(${[...folderIds]}::uuid[]) order by i.position`;
