import { posix } from 'node:path';
import type { Answer } from './api';
import { expectOk, list } from './expect';
import { either, type World } from './world';

// Where the generations differ in path and field names; everything else is the same in both.

export const projects = (world: Pick<World, 'generation'>) =>
  either(world, '/api/v1/projects', '/api/v2/workspace');

/** The old name serves both generations. */
export const projectById = (id: string) => `/api/v1/workspace/${id}`;

export const projectBySlug = (world: World, slug: string) =>
  either(world, `/api/v1/projects/slug/${slug}`, `/api/v2/workspace/${slug}`);

export const environments = (world: World) =>
  `/api/v1/${either(world, 'projects', 'workspace')}/${world.projectId}/environments`;

export const members = (world: World, identityId: string) =>
  either(
    world,
    `/api/v1/projects/${world.projectId}/memberships/identities/${identityId}`,
    `/api/v2/workspace/${world.projectId}/identity-memberships/${identityId}`,
  );

const folders = (world: World) => either(world, '/api/v2/folders', '/api/v1/folders');
const secrets = (world: World) => either(world, '/api/v4/secrets', '/api/v3/secrets/raw');
const batch = (world: World) => either(world, '/api/v4/secrets/batch', '/api/v3/secrets/batch/raw');

/** The project and environment, as bodies and queries name them. */
const place = (world: World) => ({
  [either(world, 'projectId', 'workspaceId')]: world.projectId,
  environment: world.environment,
});

/** `token` replaces the writer's, to see what another caller may do; `environment` and the like replace fields. */
interface Changes {
  token?: string;
  fields?: Record<string, string>;
}

export const makeFolder = (
  world: World,
  path: string,
  name: string,
  { token = world.token, fields }: Changes = {},
) => world.api.post(folders(world), { token, body: { ...place(world), path, name, ...fields } });

export const listFolders = (world: World, path: string, { token = world.token, fields }: Changes = {}) =>
  world.api.get(folders(world), { token, query: { ...place(world), path, ...fields } });

export const deleteFolder = (world: World, name: string) =>
  world.api.delete(`${folders(world)}/${name}`, { token: world.token, body: { ...place(world), path: '/' } });

export const listSecrets = (
  world: World,
  secretPath: string,
  { token = world.token, fields }: Changes = {},
) => world.api.get(secrets(world), { token, query: { ...place(world), secretPath, ...fields } });

/** What a batch says of one secret. */
export const entry = (secretKey: string, secretValue = `of ${secretKey}`, more: object = {}) => ({
  secretKey,
  secretValue,
  ...more,
});

/** A folder on the server, with the routes of secrets and what is in it. */
export class Folder {
  constructor(
    private readonly world: World,
    readonly path: string,
  ) {}

  private single(method: string, key: string, body: object | undefined, token = this.world.token) {
    const url = `${secrets(this.world)}/${encodeURIComponent(key)}`;
    const at = { ...place(this.world), secretPath: this.path };
    const sent = body === undefined ? { query: at } : { body: { ...at, ...body } };
    return this.world.api.request(method, url, { token, ...sent });
  }

  private many(method: string, entries: object[], fields: object = {}): Promise<Answer> {
    const body = { ...place(this.world), secretPath: this.path, secrets: entries, ...fields };
    return this.world.api.request(method, batch(this.world), { token: this.world.token, body });
  }

  get = (key: string) => this.single('GET', key, undefined);
  create = (key: string, secretValue: string, token?: string) =>
    this.single('POST', key, { secretValue }, token);
  update = (key: string, secretValue: string, token?: string) =>
    this.single('PATCH', key, { secretValue }, token);
  delete = (key: string, token?: string) => this.single('DELETE', key, {}, token);

  createMany = (entries: object[]) => this.many('POST', entries);
  updateMany = (entries: object[], mode?: string) =>
    this.many('PATCH', entries, mode === undefined ? {} : { mode });
  deleteMany = (keys: string[]) =>
    this.many(
      'DELETE',
      keys.map((secretKey) => ({ secretKey })),
    );

  rows = (changes?: Changes) => list(listSecrets(this.world, this.path, changes), 'secrets');

  /** One field of each secret, by key. */
  async all(name: string, changes?: Changes): Promise<Record<string, unknown>> {
    const rows = await this.rows(changes);
    return Object.fromEntries(rows.map((row) => [String(row['secretKey']), row[name]]));
  }

  /** Keys, each as often as it is there. */
  async keys(): Promise<string[]> {
    return (await this.rows()).map(({ secretKey }) => String(secretKey)).sort();
  }
}

/** A folder that nobody has made. */
export const missingFolder = (world: World) => new Folder(world, `${world.root}/never-made`);

/** Makes a folder for one case below the root of the run, with secrets in it where some are named. */
export async function ownFolder(world: World, name: string, entries: object[] = []): Promise<Folder> {
  const folder = new Folder(world, `${world.root}/${name}`);
  await makeFolder(world, posix.dirname(folder.path), posix.basename(folder.path));
  if (entries.length > 0) await expectOk(folder.createMany(entries));
  return folder;
}
