import type { Answer } from './api';
import type { World } from './world';

/** Where a read looks and as whom; what is not named is the run's own. `fields` replaces or adds query parameters. */
interface Read {
  path: string;
  token?: string;
  fields?: Record<string, string>;
}

const BASE = '/api/v3/secrets/raw';
const single = (name: string) => `${BASE}/${encodeURIComponent(name)}`;

/** Reads one secret with the parameters of `@infisical/sdk` 5, in its order: `secretName` twice, `includeImports`. */
export const readSecret = (
  world: World,
  name: string,
  { path, token = world.token, fields }: Read,
): Promise<Answer> =>
  world.api.get(single(name), { token, query: { ...singleQuery(world, name, path), ...fields } });

/** Lists one folder with the parameters of `@infisical/sdk` 5. */
export const listFolder = (world: World, { path, token = world.token, fields }: Read): Promise<Answer> =>
  world.api.get(BASE, { token, query: { ...listQuery(world, path), ...fields } });

const urlOf = ({ api }: World, path: string, query: Record<string, string>) =>
  `${api.address}${path}?${String(new URLSearchParams(query))}`;

/** The address that the SDK puts into the messages of a single read. */
export const singleUrl = (world: World, name: string, path: string): string =>
  urlOf(world, single(name), singleQuery(world, name, path));

/** The address that the SDK puts into the messages of a listing. */
export const listUrl = (world: World, path: string): string => urlOf(world, BASE, listQuery(world, path));

const singleQuery = ({ projectId, environment }: World, secretName: string, secretPath: string) => ({
  secretName,
  workspaceId: projectId,
  environment,
  expandSecretReferences: 'false',
  includeImports: 'false',
  secretPath,
  viewSecretValue: 'true',
});

const listQuery = ({ projectId, environment }: World, secretPath: string) => ({
  workspaceId: projectId,
  environment,
  expandSecretReferences: 'false',
  include_imports: 'false',
  recursive: 'false',
  secretPath,
  viewSecretValue: 'true',
});
