import { expectEqual, expectOk, expectStatus, expectTrue, list, text } from '../expect';
import * as routes from '../routes';
import { check, either, onlyCurrent, type Case, type World } from '../world';

const namesBelow = async (world: World, path: string, fields: Record<string, string> = {}) =>
  (await list(routes.listFolders(world, path, { fields }), 'folders')).map(({ name }) => name);

export const folderCases: Case[] = [
  check('making a folder makes its parents', async (world) => {
    const above = `${world.root}/parents/above`;
    await expectOk(routes.makeFolder(world, above, 'leaf'));
    expectEqual(await namesBelow(world, above), ['leaf'], 'the folders');
  }),

  check('making a folder again: 400 "already exists" (2024: 200 with the same id)', async (world) => {
    const first = await routes.makeFolder(world, world.root, 'again');
    const second = await routes.makeFolder(world, world.root, 'again');
    if (world.generation === 'current') return expectStatus(second, 400, 'already exists');
    return expectEqual(await text(second, 'folder.id'), await text(first, 'folder.id'), 'the id');
  }),

  check('a folder in an unknown environment is 404', (world) => {
    const fields = { environment: `none-${world.run}` };
    return expectStatus(routes.makeFolder(world, '/', 'nowhere', { fields }), 404);
  }),

  check(
    'listing the folders of a missing path is empty or 404, never an error of the server',
    async (world) => {
      const answer = await routes.listFolders(world, `${world.root}/missing`);
      if (answer.status !== 404) expectEqual(await list(answer, 'folders'), [], 'the folders');
    },
  ),

  check('v1 takes a path by its older name, directory (2024: lists the root)', async (world) => {
    await expectOk(routes.makeFolder(world, `${world.root}/by-directory`, 'inside'));
    const { token, projectId, environment, root } = world;
    const query = { workspaceId: projectId, environment, directory: `${root}/by-directory` };
    const found = await list(world.api.get('/api/v1/folders', { token, query }), 'folders');
    const names = found.map(({ name }) => name);
    if (world.generation === 'current') expectEqual(names, ['inside'], 'the folders');
    else expectTrue(!names.includes('inside'), 'the folder is listed by its older name');
  }),

  onlyCurrent('v2 lists no folders without a path: 422', (world) => {
    const { token, projectId, environment } = world;
    return expectStatus(world.api.get('/api/v2/folders', { token, query: { projectId, environment } }), 422);
  }),

  onlyCurrent('folders are listed below a path with recursive=true', async (world) => {
    await expectOk(routes.makeFolder(world, `${world.root}/deep/one`, 'two'));
    const names = await namesBelow(world, `${world.root}/deep`, { recursive: 'true' });
    expectTrue(names.includes('one') && names.includes('two'), 'a folder below is not listed');
  }),
];

export const listingCases: Case[] = [
  check('a list is of one folder', async (world) => {
    const folder = await routes.ownFolder(world, 'listing', [routes.entry('HERE')]);
    await routes.ownFolder(world, 'listing/below', [routes.entry('BELOW')]);
    expectEqual(await folder.keys(), ['HERE'], 'the keys');
  }),

  check('recursive=true lists everything below with the path of each', async (world) => {
    const folder = await routes.ownFolder(world, 'recursive', [routes.entry('TOP')]);
    const deep = await routes.ownFolder(world, 'recursive/one/two', [routes.entry('DEEP')]);
    const found = await folder.all('secretPath', { fields: { recursive: 'true' } });
    expectEqual(found, { TOP: folder.path, DEEP: deep.path }, 'the paths');
  }),

  check('listing a missing folder is 404 (2024: 200 and empty)', async (world) => {
    const answer = routes.listSecrets(world, `${world.root}/never-made`);
    if (world.generation === 'current') return expectStatus(answer, 404);
    return expectEqual(await list(answer, 'secrets'), [], 'the secrets');
  }),

  check('listing an unknown environment is 404 (2024: 200 and empty, 500 with recursive)', async (world) => {
    const fields = { environment: `none-${world.run}` };
    const plain = await routes.listSecrets(world, '/', { fields });
    const recursive = routes.listSecrets(world, '/', { fields: { ...fields, recursive: 'true' } });
    await expectStatus(recursive, either(world, 404, 500));
    if (world.generation === 'current') return expectStatus(plain, 404);
    return expectEqual(await list(plain, 'secrets'), [], 'the secrets');
  }),
];
