import type { Actor, Context } from '../http/context';
import { broken, notAllowed, notFound, permissionDenied, type ApiError } from '../http/errors';
import type { Project } from '../projects/project';
import { privilegesAllow, type At, type Rule } from './privileges';
import { projectRoleAllows, type Action } from './roles';

type Subject = 'secrets' | 'secret-folders' | 'environments' | 'identity' | 'workspace';

/** The caller inside one project. */
export interface ProjectAccess {
  project: Project;
  roles: string[];
  /** At a place, or anywhere. */
  allows(action: Action, subject: Subject, at?: At): boolean;
  /** Refuses with 403 what none of the caller's roles and privileges allows. */
  require(action: Action, subject: Subject, at?: At): void;
}

/** How a family of routes answers for a project that does not exist. */
type MissingProject = (context: Context, id: string, actor: Actor) => ApiError;

const today = (id: string) => notFound(`Project with ID '${id}' not found`);

export const missingForSecrets: MissingProject = ({ legacy }, id) =>
  legacy
    ? notFound('Project not found during bot lookup. Are you sure you are using the correct project ID?')
    : today(id);

export const missingForMembers: MissingProject = ({ legacy }, id, actor) =>
  legacy ? strangerToProject(actor) : today(id);

export const missingForProjects: MissingProject = ({ legacy }, id) =>
  legacy ? broken('Failed to find project by id') : today(id);

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
  projectId = '',
  missing: MissingProject = missingForMembers,
): Promise<ProjectAccess> {
  const { db, legacy } = context;
  const project = await db.first<Project>`select * from projects where id::text = ${projectId}`;
  if (project === undefined) throw missing(context, projectId, actor);
  const member = await (actor.type === 'user'
    ? db.first<{ roles: string[] }>`
        select array[role] as roles from project_users
        where "projectId" = ${project.id} and "userId"::text = ${actor.id}`
    : db.first<{ roles: string[] }>`
        select roles from project_identities
        where "projectId" = ${project.id} and "identityId"::text = ${actor.id}`);
  if (member === undefined) throw strangerToProject(actor);
  const { roles } = member;
  const privileges = await db.query<{ permissions: Rule[] }>`
    select permissions from privileges where "projectId" = ${project.id} and "identityId"::text = ${actor.id}`;
  const rules = privileges.flatMap(({ permissions }) => permissions);
  // in 2024 folders go with secrets, for whoever has no rule of theirs
  const meant = (subject: Subject) =>
    legacy && subject === 'secret-folders' && rules.every((rule) => rule.subject !== subject)
      ? 'secrets'
      : subject;
  const allows = (action: Action, subject: Subject, at?: At) =>
    roles.some((role) => projectRoleAllows(role, action, subject)) ||
    privilegesAllow(rules, action, meant(subject), at);
  const requireAllowed = (action: Action, subject: Subject, at?: At) => {
    if (allows(action, subject, at)) return;
    // 2024 files folders under secrets; today reading secrets is split into describing and reading the value.
    if (legacy) throw permissionDenied(action, subject === 'secret-folders' ? 'secrets' : subject);
    const wireAction = subject === 'secrets' && action === 'read' ? 'describeSecret' : action;
    throw permissionDenied(wireAction, subject, { roles });
  };
  return { project, roles, allows, require: requireAllowed };
}
