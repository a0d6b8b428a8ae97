import { expectEqual, expectOk, expectStatus, expectTrue, list, text } from '../expect';
import * as routes from '../routes';
import type { Case } from '../world';

export const folderCases: Case[] = [
  {
    name: 'making a folder makes its parents',
    run: async (world) => {
      expectOk(await routes.makeFolder(world, `${world.root}/parents/above`, 'leaf'));
      const names = list(await routes.listFolders(world, `${world.root}/parents/above`), 'folders').map(
        ({ name }) => name,
      );
      expectEqual(names, ['leaf'], 'the folders');
    },
  },
  {
    name: 'making a folder again: 400 "already exists" (2024: 200 with the same id)',
    run: async (world) => {
      const first = await routes.makeFolder(world, world.root, 'again');
      const second = await routes.makeFolder(world, world.root, 'again');
      if (world.generation === 'current') expectStatus(second, 400, 'already exists');
      else expectEqual(text(second, 'folder.id'), text(first, 'folder.id'), 'the id');
    },
  },
  {
    name: 'a folder in an unknown environment is 404',
    run: async (world) => {
      const fields = { environment: `none-${world.run}` };
      expectStatus(await routes.makeFolder(world, '/', 'nowhere', { fields }), 404);
    },
  },
  {
    name: 'listing the folders of a missing path is empty or 404, never an error of the server',
    run: async (world) => {
      const answer = await routes.listFolders(world, `${world.root}/missing`);
      if (answer.status !== 404) expectEqual(list(answer, 'folders'), [], 'the folders');
    },
  },
  {
    name: 'folders are listed below a path with recursive=true',
    only: 'current',
    run: async (world) => {
      expectOk(await routes.makeFolder(world, `${world.root}/deep/one`, 'two'));
      const answer = await routes.listFolders(world, `${world.root}/deep`, { fields: { recursive: 'true' } });
      const names = list(answer, 'folders').map(({ name }) => String(name));
      expectTrue(names.includes('one') && names.includes('two'), 'a folder below is not listed');
    },
  },
];
