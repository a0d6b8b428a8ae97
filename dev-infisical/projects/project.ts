import type { Actor } from '../http/context';
import type { Database } from '../store/database';

export interface Project {
  id: string;
  orgId: string;
  name: string;
  slug: string;
  type: string;
  description: string | null;
  hasDeleteProtection: boolean;
  version: number;
  createdAt: Date;
  updatedAt: Date;
}

export interface Environment {
  id: string;
  projectId: string;
  name: string;
  slug: string;
  position: number;
}

interface NewProject {
  orgId: string;
  name: string;
  slug: string;
  type: string;
  description?: string | undefined;
  withEnvironments: boolean;
}

const DEFAULT_ENVIRONMENTS = [
  { name: 'Development', slug: 'dev' },
  { name: 'Staging', slug: 'staging' },
  { name: 'Production', slug: 'prod' },
];

/** A project with its creator as administrator and, on demand, the three default environments. */
export function createProject(db: Database, actor: Actor, project: NewProject): Promise<Project> {
  return db.transaction(async (tx) => {
    const created = await tx.one<Project>`
      insert into projects ("orgId", name, slug, type, description) values (${project.orgId}, ${project.name},
        ${project.slug}, ${project.type}, ${project.description}) returning *`;
    await addAdministrator(tx, created.id, actor);
    if (!project.withEnvironments) return created;
    for (const [index, environment] of DEFAULT_ENVIRONMENTS.entries()) {
      await createEnvironment(tx, created.id, { ...environment, position: index + 1 });
    }
    return created;
  });
}

/** Makes the caller an administrator of a project. */
export async function addAdministrator(db: Database, projectId: string, actor: Actor): Promise<void> {
  await (actor.type === 'user'
    ? db.query`
        insert into project_users values (${projectId}, ${actor.id}, 'admin')
        on conflict ("projectId", "userId") do update set role = 'admin'`
    : db.query`
        insert into project_identities ("projectId", "identityId", roles) values (${projectId}, ${actor.id}, '{admin}')`);
}

/** An environment with its root folder. Without `position` it goes to the end. */
export function createEnvironment(
  db: Database,
  projectId: string,
  environment: { name: string; slug: string; position?: number | undefined },
): Promise<Environment> {
  return db.transaction(async (tx) => {
    const created = await tx.one<Environment>`
      insert into environments ("projectId", name, slug, position)
      values (${projectId}, ${environment.name}, ${environment.slug}, coalesce(${environment.position},
        (select coalesce(max(position), 0) + 1 from environments where "projectId" = ${projectId}))) returning *`;
    await tx.query`insert into folders ("envId", name) values (${created.id}, 'root')`;
    return created;
  });
}

export const environmentsOf = (db: Database, projectId: string) =>
  db.query<Environment>`select * from environments where "projectId" = ${projectId} order by position`;

export const findEnvironment = (db: Database, projectId: string, slug: string) =>
  db.first<Environment>`select * from environments where "projectId" = ${projectId} and slug = ${slug}`;

export const findProject = (db: Database, orgId: string, slug: string) =>
  db.first<Project>`select * from projects where "orgId" = ${orgId} and slug = ${slug}`;

/** The project as every route shows it: with `_id` and its environments. */
export async function projectView(db: Database, project: Project) {
  const environments = await environmentsOf(db, project.id);
  return {
    ...project,
    _id: project.id,
    autoCapitalization: true,
    environments: environments.map(({ id, name, slug }) => ({ id, name, slug })),
  };
}
