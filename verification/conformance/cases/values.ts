import { expectEqual, expectOk, list } from '../expect';
import * as routes from '../routes';
import type { Case } from '../world';

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
  {
    name: 'values are trimmed on writing, one trailing line feed stays, nothing else changes',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'values');
      const entries = table.map(([secretKey, secretValue]) => ({ secretKey, secretValue }));
      expectOk(await routes.secretBatch(world, 'POST', path, entries));
      const found = new Map(
        list(await routes.listSecrets(world, path), 'secrets').map((row) => [row.secretKey, row.secretValue]),
      );
      for (const [key, , expected] of table) expectEqual(found.get(key), expected, `the value of ${key}`);
    },
  },
  {
    name: 'references are read as written unless expansion is asked for',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'references');
      const entries = [
        { secretKey: 'TARGET', secretValue: 'reached' },
        { secretKey: 'REFERENCE', secretValue: 'to ${TARGET}' },
      ];
      expectOk(await routes.secretBatch(world, 'POST', path, entries));
      const valueOf = async (expandSecretReferences: string) =>
        list(await routes.listSecrets(world, path, { fields: { expandSecretReferences } }), 'secrets').find(
          (row) => row.secretKey === 'REFERENCE',
        )?.secretValue;
      expectEqual(await valueOf('false'), 'to ${TARGET}', 'the unexpanded value');
      expectEqual(await valueOf('true'), 'to reached', 'the expanded value');
    },
  },
];
