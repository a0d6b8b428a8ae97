import { expectEqual, expectOk, expectStatus, read } from '../expect';
import * as routes from '../routes';
import { listFolder, readSecret } from '../v3-reads';
import type { Case } from '../world';

const NOBODYS_PROJECT = '00000000-0000-4000-8000-000000000000';
const OLDER_FOLDER = 'Folder not found for the given environment slug & secret path';

export const missingReadCases: Case[] = [
  {
    name: 'a missing name is 404 and says so',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'read-missing');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'v' }));
      const text = (name: string) =>
        world.generation === 'current' ? `Secret with name '${name}' not found` : 'Secret not found';
      // Names differ in case too.
      for (const name of ['NONE', 'key']) {
        const answer = expectStatus(await readSecret(world, name, { path }), 404);
        expectEqual(read(answer.body, 'message'), text(name), 'the message');
      }
    },
  },
  {
    name: 'a single read in a missing folder is 404 and names the folder (2024: that it is the folder)',
    run: async (world) => {
      const path = `${world.root}/never-made`;
      const answer = expectStatus(await readSecret(world, 'KEY', { path }), 404);
      const today = `Folder with path '${path}' in environment with slug '${world.environment}' not found`;
      expectEqual(
        read(answer.body, 'message'),
        world.generation === 'current' ? today : OLDER_FOLDER,
        'the message',
      );
    },
  },
  {
    name: 'a folder without its leading slash is a missing one',
    run: async (world) => {
      const path = world.root.slice(1);
      expectStatus(await readSecret(world, 'KEY', { path }), 404, 'Folder');
    },
  },
  {
    name: 'a single read in an unknown environment is 404, as in a missing folder',
    run: async (world) => {
      const fields = { environment: `none-${world.run}` };
      expectStatus(await readSecret(world, 'KEY', { path: '/', fields }), 404, 'Folder');
    },
  },
  {
    name: 'a list through v3 of a missing folder or environment is 404 (2024: 200 and empty)',
    run: async (world) => {
      const folder = await listFolder(world, { path: `${world.root}/never-made` });
      const environment = await listFolder(world, {
        path: '/',
        fields: { environment: `none-${world.run}` },
      });
      for (const answer of [folder, environment]) {
        if (world.generation === 'current') expectStatus(answer, 404, 'Folder with path');
        else expectEqual(expectOk(answer).body, { secrets: [], imports: [] }, 'the answer');
      }
    },
  },
  {
    name: 'an unknown project is 404 for reads and says so',
    run: async (world) => {
      const fields = { workspaceId: NOBODYS_PROJECT };
      for (const answer of [
        await readSecret(world, 'KEY', { path: '/', fields }),
        await listFolder(world, { path: '/', fields }),
      ]) {
        expectStatus(answer, 404, world.generation === 'current' ? NOBODYS_PROJECT : 'Project not found');
      }
    },
  },
  {
    name: 'a read without an environment is refused: 422 (2024: 400)',
    run: async (world) => {
      const query = { workspaceId: world.projectId, secretPath: '/' };
      const answer = await world.api.get('/api/v3/secrets/raw/KEY', { token: world.token, query });
      if (world.generation === 'current') expectStatus(answer, 422);
      else expectStatus(answer, 400, 'Missing environment');
    },
  },
];
