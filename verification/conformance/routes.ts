import type { Answer } from './api';
import type { Generation, World } from './world';

/** Where the generations differ in path and field names; everything else is the same in both. */
const isCurrent = (world: { generation: Generation }) => world.generation === 'current';

export const projects = (generation: Generation) =>
  generation === 'current' ? '/api/v1/projects' : '/api/v2/workspace';

// The old name serves both generations.
export const projectById = (id: string) => `/api/v1/workspace/${id}`;

export const projectBySlug = (generation: Generation, slug: string) =>
  generation === 'current' ? `/api/v1/projects/slug/${slug}` : `/api/v2/workspace/${slug}`;

export const environments = (world: World) =>
  isCurrent(world)
    ? `/api/v1/projects/${world.projectId}/environments`
    : `/api/v1/workspace/${world.projectId}/environments`;

export const members = (world: World, identityId: string) =>
  isCurrent(world)
    ? `/api/v1/projects/${world.projectId}/memberships/identities/${identityId}`
    : `/api/v2/workspace/${world.projectId}/identity-memberships/${identityId}`;

const folders = (world: World) => (isCurrent(world) ? '/api/v2/folders' : '/api/v1/folders');
const secrets = (world: World) => (isCurrent(world) ? '/api/v4/secrets' : '/api/v3/secrets/raw');
const batch = (world: World) => (isCurrent(world) ? '/api/v4/secrets/batch' : '/api/v3/secrets/batch/raw');

const project = (world: World) =>
  isCurrent(world) ? { projectId: world.projectId } : { workspaceId: world.projectId };

/** The project and environment, as bodies and queries name them. */
const place = (world: World) => ({ ...project(world), environment: world.environment });

type Fields = Record<string, unknown>;

/** `token` replaces the writer's, to see what another caller may do; `environment` and the like replace fields. */
interface Changes {
  token?: string;
  fields?: Record<string, string>;
}

export const makeFolder = (world: World, path: string, name: string, { token, fields }: Changes = {}) =>
  world.api.post(folders(world), {
    token: token ?? world.token,
    body: { ...place(world), path, name, ...fields },
  });

export const listFolders = (world: World, path: string, { token, fields }: Changes = {}) =>
  world.api.get(folders(world), { token: token ?? world.token, query: { ...place(world), path, ...fields } });

export const deleteFolder = (world: World, name: string) =>
  world.api.delete(`${folders(world)}/${name}`, { token: world.token, body: { ...place(world), path: '/' } });

export const listSecrets = (world: World, secretPath: string, { token, fields }: Changes = {}) =>
  world.api.get(secrets(world), {
    token: token ?? world.token,
    query: { ...place(world), secretPath, ...fields },
  });

type Single = 'GET' | 'POST' | 'PATCH' | 'DELETE';

export function secret(
  world: World,
  method: Single,
  key: string,
  secretPath: string,
  body: Fields = {},
  token = world.token,
): Promise<Answer> {
  const path = `${secrets(world)}/${encodeURIComponent(key)}`;
  if (method === 'GET') return world.api.get(path, { token, query: { ...place(world), secretPath } });
  return world.api.request(method, path, { token, body: { ...place(world), secretPath, ...body } });
}

export const secretBatch = (
  world: World,
  method: Exclude<Single, 'GET'>,
  secretPath: string,
  entries: Fields[],
  fields: Fields = {},
) =>
  world.api.request(method, batch(world), {
    token: world.token,
    body: { ...place(world), secretPath, secrets: entries, ...fields },
  });

/** Makes a folder for one case below the root of the run and gives its path. */
export async function ownFolder(world: World, name: string): Promise<string> {
  await makeFolder(world, world.root, name);
  return `${world.root}/${name}`;
}
