import { expectEqual, expectOk, expectStatus, field } from '../expect';
import { entry, missingFolder, ownFolder } from '../routes';
import { check, either, type Case } from '../world';

export const secretCases: Case[] = [
  check('a secret is created with version 1 and read back', async (world) => {
    const folder = await ownFolder(world, 'single');
    expectEqual(await field(folder.create('KEY', 'v1'), 'secret.version'), 1, 'the version');
    expectEqual(await field(folder.get('KEY'), 'secret.secretValue'), 'v1', 'the value');
  }),

  check('creating what exists is 400 "already exist", the value stays', async (world) => {
    const folder = await ownFolder(world, 'duplicate');
    await expectOk(folder.create('KEY', 'first'));
    await expectStatus(folder.create('KEY', 'second'), 400, 'already exist');
    expectEqual(await field(folder.get('KEY'), 'secret.secretValue'), 'first', 'the value');
  }),

  check('every update raises the version, an equal value too', async (world) => {
    const folder = await ownFolder(world, 'versions');
    await expectOk(folder.create('KEY', 'same'));
    for (const version of [2, 3])
      expectEqual(await field(folder.update('KEY', 'same'), 'secret.version'), version, 'the version');
  }),

  check('reading changes no version', async (world) => {
    const folder = await ownFolder(world, 'unread');
    await expectOk(folder.create('KEY', 'v'));
    for (const _time of ['first', 'second'])
      expectEqual(await field(folder.get('KEY'), 'secret.version'), 1, 'the version');
  }),

  check('a missing secret is 404 for reading, changing and deleting', async (world) => {
    const folder = await ownFolder(world, 'absent');
    await expectStatus(folder.get('NONE'), 404);
    await expectStatus(folder.update('NONE', 'v'), 404);
    await expectStatus(folder.delete('NONE'), 404);
  }),

  check('writing into a missing folder is 404: secrets make no folders', (world) =>
    expectStatus(missingFolder(world).create('KEY', 'v'), 404),
  ),

  check('deleting takes the secret away', async (world) => {
    const folder = await ownFolder(world, 'deleted');
    await expectOk(folder.create('KEY', 'v'));
    await expectOk(folder.delete('KEY'));
    await expectStatus(folder.get('KEY'), 404);
  }),

  check('keys that differ in case are two secrets', async (world) => {
    const folder = await ownFolder(world, 'case');
    await expectOk(folder.create('KEY', 'upper'));
    await expectOk(folder.create('key', 'lower'));
    expectEqual(await field(folder.get('KEY'), 'secret.secretValue'), 'upper', 'the value');
  }),
];

/** Key, what is written, what is read back. */
const table: [string, string, string][] = [
  ['EDGE_SPACES', '  padded  ', 'padded'],
  ['TABS', '\t tab \t', 'tab'],
  ['NO_BREAK_SPACE', '\u00a0edge\ufeff', 'edge'],
  ['ONE_LINE_FEED', 'a\n', 'a\n'],
  ['MANY_LINE_FEEDS', ' a\n\n\n', 'a\n'],
  ['CARRIAGE_RETURNS', 'a\r\nb\r\n', 'a\r\nb\n'],
  ['INNER_LINES', 'a\n  b\n\nc', 'a\n  b\n\nc'],
  ['BLANK', '   ', ''],
  ['EMPTY', '', ''],
  ['UNICODE', 'zażółć 🔑 漢字', 'zażółć 🔑 漢字'],
  ['REFERENCE', '${ABSENT} $HOME $$', '${ABSENT} $HOME $$'],
  ['QUOTES', '\'single\' "double" `back` \\', '\'single\' "double" `back` \\'],
  ['ZERO_BYTE', 'a\u0000b', 'a\u0000b'],
  ['LONG', 'x'.repeat(500_000), 'x'.repeat(500_000)],
];

export const valueCases: Case[] = [
  check(
    'values are trimmed on writing, one trailing line feed stays, nothing else changes',
    async (world) => {
      const entries = table.map(([key, value]) => entry(key, value));
      const fields = { expandSecretReferences: 'false' };
      const found = await (await ownFolder(world, 'values', entries)).all('secretValue', { fields });
      for (const [key, , expected] of table) expectEqual(found[key], expected, `the value of ${key}`);
    },
  ),

  check(
    'references are expanded unless it is turned off (2024: only where it is asked for)',
    async (world) => {
      const entries = [entry('TARGET', 'reached'), entry('REFERENCE', 'to ${TARGET}')];
      const folder = await ownFolder(world, 'references', entries);
      const valueOf = async (fields: Record<string, string>) =>
        (await folder.all('secretValue', { fields }))['REFERENCE'];
      expectEqual(await valueOf({ expandSecretReferences: 'false' }), 'to ${TARGET}', 'the unexpanded value');
      expectEqual(await valueOf({ expandSecretReferences: 'true' }), 'to reached', 'the expanded value');
      expectEqual(await valueOf({}), either(world, 'to reached', 'to ${TARGET}'), 'the value by default');
    },
  ),
];
