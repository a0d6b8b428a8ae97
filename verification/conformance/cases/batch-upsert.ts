import { expectEqual, expectOk, expectStatus, list } from '../expect';
import * as routes from '../routes';
import type { Case, World } from '../world';

const entry = (secretKey: string, secretValue: string, secretPath?: string) => ({
  secretKey,
  secretValue,
  ...(secretPath === undefined ? {} : { secretPath }),
});
const upsert = (world: World, path: string, entries: object[]) =>
  routes.secretBatch(world, 'PATCH', path, entries as Record<string, unknown>[], { mode: 'upsert' });

async function versions(world: World, path: string): Promise<Record<string, unknown>> {
  const rows = list(await routes.listSecrets(world, path), 'secrets');
  return Object.fromEntries(rows.map(({ secretKey, version }) => [String(secretKey), version]));
}

export const batchUpsertCases: Case[] = [
  {
    name: 'mode upsert creates and updates in one request',
    only: 'current',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'upsert');
      expectOk(await routes.secretBatch(world, 'POST', path, [entry('OLD', '1')]));
      expectOk(await upsert(world, path, [entry('OLD', '2'), entry('NEW', '1')]));
      expectEqual(await versions(world, path), { NEW: 1, OLD: 2 }, 'the versions');
    },
  },
  {
    name: 'mode upsert writes into several folders of one environment',
    only: 'current',
    run: async (world) => {
      const [one, two] = [
        await routes.ownFolder(world, 'upsert-1'),
        await routes.ownFolder(world, 'upsert-2'),
      ];
      expectOk(await upsert(world, one, [entry('A', '1'), entry('B', '1', two)]));
      expectEqual(
        [await versions(world, one), await versions(world, two)],
        [{ A: 1 }, { B: 1 }],
        'the versions',
      );
    },
  },
  {
    name: 'mode upsert with one missing folder is 404 and writes nothing',
    only: 'current',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'upsert-missing');
      expectStatus(
        await upsert(world, path, [entry('A', '1'), entry('B', '1', `${world.root}/never-made`)]),
        404,
      );
      expectEqual(await versions(world, path), {}, 'the versions');
    },
  },
  {
    name: 'mode ignore skips what is missing',
    only: 'current',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'ignore');
      expectOk(await routes.secretBatch(world, 'POST', path, [entry('A', '1')]));
      expectOk(
        await routes.secretBatch(world, 'PATCH', path, [entry('A', '2'), entry('B', '2')], {
          mode: 'ignore',
        }),
      );
      expectEqual(await versions(world, path), { A: 2 }, 'the versions');
    },
  },
  {
    name: 'mode upsert is not known: a missing key is 404',
    only: '2024',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'upsert');
      expectStatus(await upsert(world, path, [entry('NEW', '1')]), 404);
    },
  },
];
