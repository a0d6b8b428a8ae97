import { expectEqual, expectOk, expectStatus, expectTrue, list } from '../expect';
import * as routes from '../routes';
import type { Case, World } from '../world';

const entry = (secretKey: string, secretValue: string) => ({ secretKey, secretValue });

async function keysIn(world: World, path: string): Promise<string[]> {
  return list(await routes.listSecrets(world, path), 'secrets')
    .map(({ secretKey }) => String(secretKey))
    .sort();
}

export const batchCases: Case[] = [
  {
    name: 'a batch creates many secrets with version 1',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'batch');
      const entries = Array.from({ length: 100 }, (_, index) => entry(`KEY_${index}`, `value ${index}`));
      const made = list(await routes.secretBatch(world, 'POST', path, entries), 'secrets');
      expectTrue(
        made.length === 100 && made.every(({ version }) => version === 1),
        'not a hundred secrets of version 1',
      );
    },
  },
  {
    name: 'a batch with one key that exists is 400 and writes nothing',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'batch-duplicate');
      expectOk(await routes.secretBatch(world, 'POST', path, [entry('OLD', 'v')]));
      const answer = await routes.secretBatch(world, 'POST', path, [entry('NEW', 'v'), entry('OLD', 'v')]);
      expectStatus(answer, 400, 'already exist');
      expectEqual(await keysIn(world, path), ['OLD'], 'the keys');
    },
  },
  {
    name: 'one key twice in a batch: the last wins (2024: two rows; the client must not send it)',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'batch-twice');
      expectOk(await routes.secretBatch(world, 'POST', path, [entry('KEY', 'one'), entry('KEY', 'two')]));
      expectEqual(
        await keysIn(world, path),
        world.generation === 'current' ? ['KEY'] : ['KEY', 'KEY'],
        'the keys',
      );
    },
  },
  {
    name: 'a batch updates many secrets and raises each version',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'batch-update');
      expectOk(await routes.secretBatch(world, 'POST', path, [entry('A', '1'), entry('B', '1')]));
      const changed = list(
        await routes.secretBatch(world, 'PATCH', path, [entry('A', '2'), entry('B', '1')]),
        'secrets',
      );
      expectEqual(
        changed.map(({ version }) => version),
        [2, 2],
        'the versions',
      );
    },
  },
  {
    name: 'a batch update with one missing key is 404 and changes nothing',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'batch-missing');
      expectOk(await routes.secretBatch(world, 'POST', path, [entry('A', 'old')]));
      expectStatus(
        await routes.secretBatch(world, 'PATCH', path, [entry('A', 'new'), entry('NONE', 'new')]),
        404,
      );
      const [kept] = list(await routes.listSecrets(world, path), 'secrets');
      expectEqual([kept?.secretValue, kept?.version], ['old', 1], 'the secret');
    },
  },
  {
    name: 'a batch deletes many secrets',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'batch-delete');
      expectOk(
        await routes.secretBatch(world, 'POST', path, [entry('A', '1'), entry('B', '1'), entry('C', '1')]),
      );
      expectOk(await routes.secretBatch(world, 'DELETE', path, [{ secretKey: 'A' }, { secretKey: 'C' }]));
      expectEqual(await keysIn(world, path), ['B'], 'the keys');
    },
  },
  {
    name: 'a batch into a missing folder is 404',
    run: async (world) => {
      const path = `${world.root}/never-made`;
      expectStatus(await routes.secretBatch(world, 'POST', path, [entry('A', '1')]), 404);
      expectStatus(await routes.secretBatch(world, 'PATCH', path, [entry('A', '1')]), 404);
    },
  },
];
