import { expectEqual, expectOk, expectStatus, expectTrue, list } from '../expect';
import { entry, missingFolder, ownFolder } from '../routes';
import { check, either, only2024, onlyCurrent, type Case } from '../world';

export const batchCases: Case[] = [
  check('a batch creates many secrets with version 1', async (world) => {
    const folder = await ownFolder(world, 'batch');
    const entries = Array.from({ length: 100 }, (_, index) => entry(`KEY_${index}`, `value ${index}`));
    const made = await list(folder.createMany(entries), 'secrets');
    const isNew = made.every(({ version }) => version === 1);
    expectTrue(made.length === 100 && isNew, 'not a hundred secrets of version 1');
  }),

  check('a batch with one key that exists is 400 and writes nothing', async (world) => {
    const folder = await ownFolder(world, 'batch-duplicate', [entry('OLD')]);
    await expectStatus(folder.createMany([entry('NEW'), entry('OLD')]), 400, 'already exist');
    expectEqual(await folder.keys(), ['OLD'], 'the keys');
  }),

  check(
    'one key twice in a batch: the last wins (2024: two rows; the client must not send it)',
    async (world) => {
      const folder = await ownFolder(world, 'batch-twice', [entry('KEY', 'one'), entry('KEY', 'two')]);
      expectEqual(await folder.keys(), either(world, ['KEY'], ['KEY', 'KEY']), 'the keys');
    },
  ),

  check('a batch updates many secrets and raises each version', async (world) => {
    const folder = await ownFolder(world, 'batch-update', [entry('A', '1'), entry('B', '1')]);
    const changed = await list(folder.updateMany([entry('A', '2'), entry('B', '1')]), 'secrets');
    const versions = changed.map(({ version }) => version);
    expectEqual(versions, [2, 2], 'the versions');
  }),

  check('a batch update with one missing key is 404 and changes nothing', async (world) => {
    const folder = await ownFolder(world, 'batch-missing', [entry('A', 'old')]);
    await expectStatus(folder.updateMany([entry('A', 'new'), entry('NONE', 'new')]), 404);
    const [kept] = await folder.rows();
    expectEqual([kept?.['secretValue'], kept?.['version']], ['old', 1], 'the secret');
  }),

  check('a batch deletes many secrets', async (world) => {
    const folder = await ownFolder(world, 'batch-delete', [entry('A'), entry('B'), entry('C')]);
    await expectOk(folder.deleteMany(['A', 'C']));
    expectEqual(await folder.keys(), ['B'], 'the keys');
  }),

  check('a batch into a missing folder is 404', async (world) => {
    await expectStatus(missingFolder(world).createMany([entry('A')]), 404);
    await expectStatus(missingFolder(world).updateMany([entry('A')]), 404);
  }),
];

export const batchUpsertCases: Case[] = [
  onlyCurrent('mode upsert creates and updates in one request', async (world) => {
    const folder = await ownFolder(world, 'upsert', [entry('OLD', '1')]);
    await expectOk(folder.updateMany([entry('OLD', '2'), entry('NEW', '1')], 'upsert'));
    expectEqual(await folder.all('version'), { NEW: 1, OLD: 2 }, 'the versions');
  }),

  onlyCurrent('mode upsert writes into several folders of one environment', async (world) => {
    const [one, two] = [await ownFolder(world, 'upsert-1'), await ownFolder(world, 'upsert-2')];
    await expectOk(one.updateMany([entry('A'), entry('B', '1', { secretPath: two.path })], 'upsert'));
    const versions = [await one.all('version'), await two.all('version')];
    expectEqual(versions, [{ A: 1 }, { B: 1 }], 'the versions');
  }),

  onlyCurrent('mode upsert with one missing folder is 404 and writes nothing', async (world) => {
    const folder = await ownFolder(world, 'upsert-missing');
    const astray = entry('B', '1', { secretPath: missingFolder(world).path });
    await expectStatus(folder.updateMany([entry('A'), astray], 'upsert'), 404);
    expectEqual(await folder.keys(), [], 'the keys');
  }),

  onlyCurrent('mode ignore skips what is missing', async (world) => {
    const folder = await ownFolder(world, 'ignore', [entry('A', '1')]);
    await expectOk(folder.updateMany([entry('A', '2'), entry('B', '2')], 'ignore'));
    expectEqual(await folder.all('version'), { A: 2 }, 'the versions');
  }),

  only2024('mode upsert is not known: a missing key is 404', async (world) => {
    const folder = await ownFolder(world, 'upsert');
    await expectStatus(folder.updateMany([entry('NEW')], 'upsert'), 404);
  }),
];
