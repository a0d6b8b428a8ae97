import { z } from 'zod';
import { grouped } from '../../contracts/core/record';
import { chunkWrites, listBy, removalsBy, writeItem, type Backend, type Scope } from '../backend';
import { Deadline } from '../http';
import { isInfisicalError } from '../problem';
import type { Session } from '../session';
import { projects } from './projects';

const FOLDERS = '/api/v1/folders';

export const folders: Backend['folders'] = {
  /** One request for each parent that exists: these routes know no recursion. */
  async present(session, scope, wanted) {
    const present = new Set(['']);
    const parents = [...new Set(wanted.flatMap(ancestorsOf))].sort();
    for (const parent of parents) {
      if (!present.has(parent)) continue;
      for (const name of await childrenOf(session, scope, parent || '/')) present.add(`${parent}/${name}`);
    }
    return present;
  },

  creation: ({ projectId, environment }, { path, name }) => ({
    method: 'POST',
    route: FOLDERS,
    body: { workspaceId: projectId, environment, path, name },
  }),
};

/** '' (the root), '/a', '/a/b' for '/a/b/c'. */
const ancestorsOf = (path: string) =>
  path
    .split('/')
    .slice(0, -1)
    .map((_, index, parts) => parts.slice(0, index + 1).join('/'));

async function childrenOf(
  session: Session,
  { projectId, environment }: Scope,
  path: string,
): Promise<string[]> {
  const query = { workspaceId: projectId, environment, path };
  const schema = z.object({ folders: z.array(z.object({ name: z.string() })) });
  try {
    const found = await session.get(FOLDERS, schema, { query });
    return found.folders.map(({ name }) => name);
  } catch (error) {
    // newer servers that still have v1 answer 404 to a path that is not there; an environment is another matter
    if (isInfisicalError(error, 'notFound') && !error.says(/environment/i)) return [];
    throw error;
  }
}

export const secrets: Backend['secrets'] = {
  async list(session, { projectId, environment }, path, expand = false) {
    try {
      const workspace = { workspaceId: projectId, include_imports: String(expand) };
      return await listBy(session, '/api/v3/secrets/raw', workspace, { environment, path, expand });
    } catch (error) {
      if (!isInfisicalError(error, 'unavailable') || error.status !== 500) throw error;
      // an unknown environment is a 500 here, as is every fault
      const { environments } = await projects.read(session, projectId);
      if (!environments.some(({ slug }) => slug === environment)) return [];
      const explained = `the environment ${environment} exists, so this is a fault of the server: see its log`;
      throw error.as(error.problem, `${error.message} (${explained})`);
    }
  },

  batches({ projectId, environment }, writes) {
    const groups = grouped(writes, ({ action, folder }) => `${action} ${folder}`);
    return [...groups.values()].flatMap((group) => {
      const { action, folder: secretPath } = group[0]!;
      const method = action === 'CREATE' ? ('POST' as const) : ('PATCH' as const);
      return chunkWrites(group).map((chunk) => {
        const body = { workspaceId: projectId, environment, secretPath, secrets: chunk.map(writeItem) };
        const route = '/api/v3/secrets/batch/raw';
        return { writes: chunk, call: { method, route, body, deadline: Deadline.batch } };
      });
    });
  },

  removals: ({ projectId: workspaceId, environment }, places) =>
    removalsBy('/api/v3/secrets/batch/raw', { workspaceId, environment }, places),
};
