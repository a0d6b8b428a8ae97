import { z } from 'zod';
import { chunkWrites, listBy, removalsBy, writeItem, type Backend } from '../backend';
import { Deadline } from '../http';
import { unless } from '../problem';

const foldersSchema = z.object({
  folders: z.array(z.object({ id: z.string(), name: z.string(), parentId: z.string().nullish() })),
});
const FOLDERS = '/api/v2/folders';
const SECRETS = '/api/v4/secrets';

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
  async list(session, { projectId, environment }, path, expand = false) {
    const own = { projectId, includeImports: String(expand) };
    const rows = await listBy(session, SECRETS, own, { environment, path, expand });
    // what an identity may not read is left out without a word; asked for one secret, the server says so
    if (rows.length === 0) {
      const params = { name: 'ONEX_BOOTSTRAP_MAY_READ' };
      const query = { projectId, environment, secretPath: path };
      await unless(session.get(`${SECRETS}/:name`, z.unknown(), { params, query }), 'notFound');
    }
    return rows;
  },

  batches: ({ projectId, environment }, writes) =>
    chunkWrites(writes).map((chunk) => {
      const items = chunk.map((write) => ({ ...writeItem(write), secretPath: write.folder }));
      const body = { projectId, environment, secretPath: '/', mode: 'upsert', secrets: items };
      const route = `${SECRETS}/batch`;
      return { writes: chunk, call: { method: 'PATCH', route, body, deadline: Deadline.batch } };
    }),

  removals: ({ projectId, environment }, places) =>
    removalsBy(`${SECRETS}/batch`, { projectId, environment }, places),
};
