import { z } from 'zod';
import { badInput, refused } from '../../contracts/core/failures';
import { projectsGeneration, type Capabilities } from '../detect-capabilities';
import { InfisicalError, isInfisicalError } from '../problem';
import type { Session } from '../session';
import { projectSchema, readProject, type Project } from './read-project';

export interface EnsureProjectInput {
  name: string;
  slug: string;
  /** Slugs. */
  environments: string[];
}

export interface EnsuredProject {
  projectId: string;
  /** Environment ids by slug. */
  environmentIds: Record<string, string>;
  changes: string[];
}

type Generation = Capabilities['projects'];

/** Finds the project by its slug or makes it, then the environments that it lacks. */
export async function ensureProject(session: Session, input: EnsureProjectInput): Promise<EnsuredProject> {
  if (!/^[a-z0-9][a-z0-9-]{4,35}$/.test(input.slug))
    throw badInput(
      `"${input.slug}" cannot be a project's slug: 5 to 36 lower-case letters, digits and hyphens.`,
    );
  const generation = await projectsGeneration(session.http);
  const found = await findProject(session, generation, input.slug);
  const project = found ?? (await createProject(session, generation, input));
  const changes = found ? [] : [`created project ${input.slug}`];
  const missing = input.environments.filter((slug) => !project.environments.some((env) => env.slug === slug));
  for (const slug of missing) {
    await createEnvironment(session, generation, project.id, slug);
    changes.push(`created environment ${slug}`);
  }
  const { environments } = missing.length > 0 ? await readProject(session, project.id) : project;
  const environmentIds = Object.fromEntries(environments.map(({ slug, id }) => [slug, id]));
  return { projectId: project.id, environmentIds, changes };
}

async function findProject(
  session: Session,
  generation: Generation,
  slug: string,
): Promise<Project | undefined> {
  const list = z.array(projectSchema);
  const projects =
    generation === 'projects'
      ? (await session.send({ method: 'GET', route: '/api/v1/projects' }, z.object({ projects: list })))
          .projects
      : (await session.send({ method: 'GET', route: '/api/v1/workspace' }, z.object({ workspaces: list })))
          .workspaces;
  return projects.find((project) => project.slug === slug);
}

async function createProject(session: Session, generation: Generation, { name, slug }: EnsureProjectInput) {
  const route = generation === 'projects' ? '/api/v1/projects' : '/api/v2/workspace';
  const body = { projectName: name, slug, type: 'secret-manager' };
  try {
    return (await session.send({ method: 'POST', route, body }, z.object({ project: projectSchema })))
      .project;
  } catch (error) {
    // the server of 2024 answers a slug that is taken with its database's error
    const taken = error instanceof InfisicalError && error.status === 500 && error.server.name === 'Create';
    if (!taken && !isInfisicalError(error, 'conflict')) throw error;
    return joinProject(session, generation, slug);
  }
}

const adminListSchema = z.object({ projects: z.array(z.object({ id: z.string(), slug: z.string() })) });

/** The slug belongs to a project that this administrator cannot see: an administrator may grant himself access. */
async function joinProject(session: Session, generation: Generation, slug: string): Promise<Project> {
  const stranger = refused(
    `The organisation has a project ${slug} that this administrator is no member of. Add the account to it in ` +
      'Infisical, or choose another slug with ONEX_PROJECT.',
  );
  if (generation === 'workspace') throw stranger;
  const query = { offset: '0', limit: '100' };
  const { projects } = await session.send(
    { method: 'GET', route: '/api/v1/organization-admin/projects', query },
    adminListSchema,
  );
  const project = projects.find((candidate) => candidate.slug === slug);
  if (!project) throw stranger;
  await session.send(
    {
      method: 'POST',
      route: '/api/v1/organization-admin/projects/:projectId/grant-admin-access',
      params: { projectId: project.id },
      body: {},
    },
    z.unknown(),
  );
  return readProject(session, project.id);
}

async function createEnvironment(session: Session, generation: Generation, projectId: string, slug: string) {
  const route =
    generation === 'projects'
      ? '/api/v1/projects/:projectId/environments'
      : '/api/v1/workspace/:projectId/environments';
  try {
    await session.send(
      { method: 'POST', route, params: { projectId }, body: { name: slug, slug } },
      z.unknown(),
    );
  } catch (error) {
    if (!isInfisicalError(error, 'conflict')) throw error;
  }
}
