import { z } from 'zod';
import { chunkWrites, listBy, writeItem, type Backend } from '../backend';
import { Deadline } from '../http';

const foldersSchema = z.object({
  folders: z.array(z.object({ id: z.string(), name: z.string(), parentId: z.string().nullish() })),
});
const FOLDERS = '/api/v2/folders';

export const folders: Backend['folders'] = {
  /** Every folder of the environment, in one request. */
  async present(session, { projectId, environment }) {
    const query = { projectId, environment, path: '/', recursive: 'true' };
    const found = (await session.get(FOLDERS, foldersSchema, { query, deadline: Deadline.batch })).folders;
    const byId = new Map(found.map((folder) => [folder.id, folder]));
    const pathOf = (id: string | null | undefined): string => {
      const folder = byId.get(id ?? '');
      return folder ? `${pathOf(folder.parentId)}/${folder.name}` : '';
    };
    return new Set(found.map(({ id }) => pathOf(id)));
  },

  creation: ({ projectId, environment }, { path, name }) => ({
    method: 'POST',
    route: FOLDERS,
    body: { projectId, environment, path, name },
  }),
};

export const secrets: Backend['secrets'] = {
  list(session, { projectId, environment }, path, expand = false) {
    const own = { projectId, includeImports: String(expand) };
    return listBy(session, '/api/v4/secrets', own, { environment, path, expand });
  },

  batches: ({ projectId, environment }, writes) =>
    chunkWrites(writes).map((chunk) => {
      const items = chunk.map((write) => ({ ...writeItem(write), secretPath: write.folder }));
      const body = { projectId, environment, secretPath: '/', mode: 'upsert', secrets: items };
      const route = '/api/v4/secrets/batch';
      return { writes: chunk, call: { method: 'PATCH', route, body, deadline: Deadline.batch } };
    }),
};
