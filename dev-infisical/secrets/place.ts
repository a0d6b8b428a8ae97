import { missingForSecrets, openProject, type ProjectAccess } from '../access/project';
import type { Action } from '../access/roles';
import type { Context, Member } from '../http/context';
import { badRequest, broken, notFound } from '../http/errors';
import { findEnvironment, findProject } from '../projects/project';
import { loadFolders, type Folder, type FolderTree } from './folder-tree';

/** The names under which the families of routes take a project. */
export interface ProjectFields {
  projectId?: string | undefined;
  workspaceId?: string | undefined;
  workspaceSlug?: string | undefined;
  projectSlug?: string | undefined;
}

/** An environment of a project that the caller may work in. */
export interface SecretPlace {
  access: ProjectAccess;
  environment: string;
  tree: FolderTree | undefined;
}

/**
 * Opens the place of a secrets request; an unknown environment has no folders. Without `action` membership is enough; at
 * `secretPath`, or anywhere, with it.
 */
export async function openPlace(
  context: Context,
  actor: Member,
  fields: ProjectFields & { environment: string; secretPath?: string | undefined },
  action?: Action,
): Promise<SecretPlace> {
  const id = fields.projectId ?? fields.workspaceId ?? (await projectIdBySlug(context, actor, fields));
  const access = await openProject(context, actor, id, missingForSecrets);
  if (action !== undefined) {
    const { environment, secretPath: path } = fields;
    access.require(action, 'secrets', path === undefined ? undefined : { environment, path });
  }
  const found = await findEnvironment(context.db, access.project.id, fields.environment);
  if (context.legacy && found === undefined && action !== 'read' && action !== undefined) {
    throw notFound('Environment not found');
  }
  const tree = found && (await loadFolders(context.db, found.id));
  return { access, environment: fields.environment, tree };
}

async function projectIdBySlug(context: Context, actor: Member, fields: ProjectFields) {
  const slug = fields.workspaceSlug ?? fields.projectSlug;
  if (slug === undefined) throw badRequest('Must provide either project slug or projectId');
  const found = await findProject(context.db, actor.orgId, slug);
  if (found !== undefined) return found.id;
  throw context.legacy
    ? broken('Failed to find project by slug')
    : notFound(`Project with slug '${slug}' not found`);
}

/** The folder at a path, or the 404 of the generation; `name` is the free-text error name. */
export function folderAt(
  { legacy }: Context,
  { tree, environment }: SecretPlace,
  path: string,
  name: string,
): Folder {
  // today a path may leave its first slash out
  const folder = tree?.find(legacy ? path : `/${path.replace(/^\//, '')}`);
  if (folder !== undefined) return folder;
  if (name === 'SecretPathNotFound')
    throw notFound(
      `Folder with path '${path}' in environment '${environment}' was not found. Please ensure the environment slug and secret path is correct.`,
      name,
    );
  throw legacy
    ? notFound('Folder not found for the given environment slug & secret path', name)
    : notFound(`Folder with path '${path}' in environment with slug '${environment}' not found`, name);
}
