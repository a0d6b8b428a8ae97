import type { Actor } from '../http/actor';
import { broken, notAllowed, notFound, permissionDenied, type ApiError } from '../http/api-error';
import { isLegacy, type Context } from '../http/context';
import type { Project } from '../model/projects';
import { first } from '../store/database';
import { projectRoleAllows, type Action } from './roles';

type Subject = 'secrets' | 'secret-folders' | 'environments' | 'identity' | 'workspace';

/** The caller inside one project. */
export interface ProjectAccess {
  project: Project;
  roles: string[];
  allows(action: Action, subject: Subject): boolean;
  /** Refuses with 403 what none of the caller's roles allows. */
  require(action: Action, subject: Subject): void;
}

/** How a family of routes answers for a project that does not exist. */
export type MissingProject = (context: Context, id: string, actor: Actor) => ApiError;

export const missingForSecrets: MissingProject = (context, id) =>
  isLegacy(context)
    ? notFound('Project not found during bot lookup. Are you sure you are using the correct project ID?')
    : notFound(`Project with ID '${id}' not found`);

export const missingForMembers: MissingProject = (context, id, actor) =>
  isLegacy(context) ? strangerToProject(actor) : notFound(`Project with ID '${id}' not found`);

export const missingForProjects: MissingProject = (context, id) =>
  isLegacy(context) ? broken('Failed to find project by id') : notFound(`Project with ID '${id}' not found`);

function strangerToProject(actor: Actor): ApiError {
  const identity = actor.type === 'identity';
  return notAllowed(
    identity
      ? 'Identity is not a member of the specified project'
      : 'User not a part of the specified project',
  );
}

/** Opens a project for its members only; being an administrator of the organisation does not help. */
export async function openProject(
  context: Context,
  actor: Actor,
  projectId: string,
  missing: MissingProject,
): Promise<ProjectAccess> {
  const project = await first<Project>(context.db, 'select * from projects where id::text = $1', [projectId]);
  if (project === undefined) throw missing(context, projectId, actor);
  const member = await first<{ roles: string[] }>(
    context.db,
    actor.type === 'user'
      ? 'select array[role] as roles from project_users where "projectId" = $1 and "userId"::text = $2'
      : 'select roles from project_identities where "projectId" = $1 and "identityId"::text = $2',
    [project.id, actor.id],
  );
  if (member === undefined) throw strangerToProject(actor);
  const { roles } = member;
  const allows = (action: Action, subject: Subject) =>
    roles.some((role) => projectRoleAllows(role, action, subject));
  return {
    project,
    roles,
    allows,
    require: (action, subject) => {
      if (allows(action, subject)) return;
      const rules = isLegacy(context) ? undefined : { roles };
      throw permissionDenied(wireAction(context, action, subject), wireSubject(context, subject), rules);
    },
  };
}

// 2024 files folders under secrets; today reading secrets is split into describing and reading the value.
const wireSubject = (context: Context, subject: Subject) =>
  isLegacy(context) && subject === 'secret-folders' ? 'secrets' : subject;
const wireAction = (context: Context, action: Action, subject: Subject) =>
  !isLegacy(context) && subject === 'secrets' && action === 'read' ? 'describeSecret' : action;
