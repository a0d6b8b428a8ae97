import { z } from 'zod';
import { badInput, refused } from '../../contracts/core/failures';
import type { Backend, Project } from '../backend';
import { unless } from '../problem';
import { backend } from '../server';
import type { Session } from '../session';

/** A project by its slug, with at least these environments (slugs). */
export interface WantedProject {
  slug: string;
  environments: string[];
}

/** Finds the project by its slug or makes it, then the environments that it lacks. */
export async function ensureProject(
  session: Session,
  { slug, environments }: WantedProject,
): Promise<{ projectId: string; changes: string[] }> {
  if (!/^[a-z0-9][a-z0-9-]{4,35}$/.test(slug))
    throw badInput(`"${slug}" cannot be a project's slug: 5 to 36 lower-case letters, digits and hyphens.`);
  const routes = await backend(session.http, 'projects');
  const found = (await routes.list(session)).find((project) => project.slug === slug);
  const project = found ?? (await createProject(session, routes, slug));
  const changes = found ? [] : [`created project ${slug}`];
  for (const environment of missingFrom(project, environments)) {
    await createEnvironment(session, routes.environmentsRoute, project.id, environment);
    changes.push(`created environment ${environment}`);
  }
  return { projectId: project.id, changes };
}

/** Reads one project by its id. */
export async function readProject(session: Session, projectId: string): Promise<Project> {
  return (await backend(session.http, 'projects')).read(session, projectId);
}

/** BadInput where a project has no such environment. */
export function assertEnvironment({ slug: project, environments }: Project, environment: string): void {
  const slugs = environments.map(({ slug }) => slug);
  if (slugs.includes(environment)) return;
  throw badInput(
    `Project ${project} has no environment ${environment}; it has ${slugs.join(', ')}. Choose one with --environment.`,
  );
}

/** The environments that a project lacks. */
export const missingFrom = (project: Project, environments: readonly string[]): string[] =>
  environments.filter((slug) => !project.environments.some((environment) => environment.slug === slug));

async function createProject(session: Session, routes: Backend['projects'], slug: string): Promise<Project> {
  const created = await unless(routes.create(session, slug), 'conflict');
  // a slug that is taken is of a project that this administrator cannot see, and may join
  const project = created ?? (await routes.join(session, slug));
  if (project) return project;
  throw refused(
    `The organisation has a project ${slug} that this administrator is not a member of. Add the account to it in ` +
      'Infisical, or choose another slug with ONEX_PROJECT.',
  );
}

async function createEnvironment(session: Session, route: string, projectId: string, slug: string) {
  const asked = { params: { projectId }, body: { name: slug, slug } };
  await unless(session.post(route, z.unknown(), asked), 'conflict');
}
