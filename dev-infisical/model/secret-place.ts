import { missingForSecrets, openProject, type ProjectAccess } from '../access/project-access';
import type { Action } from '../access/roles';
import type { Actor } from '../http/actor';
import { badRequest, broken, notFound, type ApiError } from '../http/api-error';
import { isLegacy, type Context } from '../http/context';
import { first } from '../store/database';
import { findEnvironment, loadFolders, type Folder, type FolderTree } from './folders';

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

/** Opens the place of a secrets request; an unknown environment has no folders. Without `action` membership is enough. */
export async function openPlace(
  context: Context,
  actor: Actor & { orgId: string },
  fields: ProjectFields & { environment: string },
  action?: Action,
): Promise<SecretPlace> {
  const id = fields.projectId ?? fields.workspaceId ?? (await projectIdBySlug(context, actor, fields));
  const access = await openProject(context, actor, id, missingForSecrets);
  if (action !== undefined) access.require(action, 'secrets');
  const found = await findEnvironment(context.db, access.project.id, fields.environment);
  if (isLegacy(context) && found === undefined && action !== 'read' && action !== undefined) {
    throw notFound('Environment not found');
  }
  const tree = found && (await loadFolders(context.db, found.id));
  return { access, environment: fields.environment, tree };
}

async function projectIdBySlug(context: Context, actor: Actor & { orgId: string }, fields: ProjectFields) {
  const slug = fields.workspaceSlug ?? fields.projectSlug;
  if (slug === undefined) throw badRequest('Must provide either project slug or projectId');
  const found = await first<{ id: string }>(
    context.db,
    'select id from projects where "orgId"::text = $1 and slug = $2',
    [actor.orgId, slug],
  );
  if (found !== undefined) return found.id;
  throw isLegacy(context)
    ? broken('Failed to find project by slug')
    : notFound(`Project with slug '${slug}' not found`);
}

/** The folder at a path, or the 404 of the generation; `name` is the free-text error name. */
export function folderAt(context: Context, place: SecretPlace, path: string, name: string): Folder {
  const folder = place.tree?.find(path);
  if (folder === undefined) throw missingFolder(context, place, path, name);
  return folder;
}

function missingFolder(context: Context, { environment }: SecretPlace, path: string, name: string): ApiError {
  return isLegacy(context)
    ? notFound('Folder not found for the given environment slug & secret path', name)
    : notFound(`Folder with path '${path}' in environment with slug '${environment}' not found`, name);
}
