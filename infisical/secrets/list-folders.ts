import { z } from 'zod';
import { Deadline } from '../http';
import { isInfisicalError } from '../problem';
import type { Session } from '../session';
import type { Scope } from './scope';

const answerSchema = z.object({
  folders: z.array(z.object({ id: z.string(), name: z.string(), parentId: z.string().nullish() })),
});

/** Every folder of the environment as a path, in one request (v2 routes). */
export async function listFolders(session: Session, { projectId, environment }: Scope): Promise<Set<string>> {
  const { folders } = await session.send(
    {
      method: 'GET',
      route: '/api/v2/folders',
      query: { projectId, environment, path: '/', recursive: 'true' },
      deadline: Deadline.batch,
    },
    answerSchema,
  );
  const byId = new Map(folders.map((folder) => [folder.id, folder]));
  const pathOf = (id: string | null | undefined): string => {
    const folder = byId.get(id ?? '');
    return folder ? `${pathOf(folder.parentId)}/${folder.name}` : '';
  };
  return new Set(folders.map(({ id }) => pathOf(id)));
}

/** The names directly under `path`; the v1 routes of 2024 know no recursion and answer nothing where nothing is. */
export async function listChildFolders(
  session: Session,
  { projectId, environment }: Scope,
  path: string,
): Promise<string[]> {
  try {
    const { folders } = await session.send(
      { method: 'GET', route: '/api/v1/folders', query: { workspaceId: projectId, environment, path } },
      answerSchema,
    );
    return folders.map(({ name }) => name);
  } catch (error) {
    // newer servers that still have v1 answer 404 to a path that is not there; an environment is another matter
    if (isInfisicalError(error, 'notFound') && !/environment/i.test(error.server.text ?? '')) return [];
    throw error;
  }
}
