import { z } from 'zod';
import { projectsGeneration } from '../detect-capabilities';
import { InfisicalError } from '../problem';
import type { Session } from '../session';

/** A project as both generations show it. */
export const projectSchema = z.object({
  id: z.string(),
  name: z.string(),
  slug: z.string(),
  environments: z.array(z.object({ id: z.string(), slug: z.string(), name: z.string() })).default([]),
});
export type Project = z.infer<typeof projectSchema>;

/** Reads one project by its id. */
export async function readProject(session: Session, projectId: string): Promise<Project> {
  const params = { projectId };
  if ((await projectsGeneration(session.http)) === 'projects') {
    const call = { method: 'GET', route: '/api/v1/projects/:projectId', params } as const;
    return (await session.send(call, z.object({ project: projectSchema }))).project;
  }
  try {
    const call = { method: 'GET', route: '/api/v1/workspace/:projectId', params } as const;
    return (await session.send(call, z.object({ workspace: projectSchema }))).workspace;
  } catch (error) {
    // the server of 2024 answers 500 to an id that it does not know
    if (error instanceof InfisicalError && /find project by id/i.test(error.server.name ?? ''))
      throw new InfisicalError(`${error.message}: no such project`, { kind: 'notFound' }, 404, error.server);
    throw error;
  }
}
