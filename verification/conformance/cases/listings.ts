import { expectEqual, expectOk, expectStatus, list } from '../expect';
import * as routes from '../routes';
import type { Case } from '../world';

const entry = (secretKey: string) => ({ secretKey, secretValue: 'v' });

export const listingCases: Case[] = [
  {
    name: 'a list is of one folder',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'listing');
      expectOk(await routes.makeFolder(world, path, 'below'));
      expectOk(await routes.secretBatch(world, 'POST', path, [entry('HERE')]));
      expectOk(await routes.secretBatch(world, 'POST', `${path}/below`, [entry('BELOW')]));
      const keys = list(await routes.listSecrets(world, path), 'secrets').map(({ secretKey }) => secretKey);
      expectEqual(keys, ['HERE'], 'the keys');
    },
  },
  {
    name: 'recursive=true lists everything below with the path of each',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'recursive');
      expectOk(await routes.makeFolder(world, `${path}/one`, 'two'));
      expectOk(await routes.secretBatch(world, 'POST', path, [entry('TOP')]));
      expectOk(await routes.secretBatch(world, 'POST', `${path}/one/two`, [entry('DEEP')]));
      const rows = list(await routes.listSecrets(world, path, { fields: { recursive: 'true' } }), 'secrets');
      const found = Object.fromEntries(
        rows.map(({ secretKey, secretPath }) => [String(secretKey), secretPath]),
      );
      expectEqual(found, { TOP: path, DEEP: `${path}/one/two` }, 'the paths');
    },
  },
  {
    name: 'listing a missing folder is 404 (2024: 200 and empty)',
    run: async (world) => {
      const answer = await routes.listSecrets(world, `${world.root}/never-made`);
      if (world.generation === 'current') expectStatus(answer, 404);
      else expectEqual(list(answer, 'secrets'), [], 'the secrets');
    },
  },
  {
    name: 'listing an unknown environment is 404 (2024: 200 and empty, 500 with recursive)',
    run: async (world) => {
      const fields = { environment: `none-${world.run}` };
      const plain = await routes.listSecrets(world, '/', { fields });
      const recursive = await routes.listSecrets(world, '/', { fields: { ...fields, recursive: 'true' } });
      if (world.generation === 'current') {
        expectStatus(plain, 404);
        expectStatus(recursive, 404);
      } else {
        expectEqual(list(plain, 'secrets'), [], 'the secrets');
        expectStatus(recursive, 500);
      }
    },
  },
];
