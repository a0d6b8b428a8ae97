import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { folderNames, secretFolder } from '../../../contracts/folders';
import { resolveTransport, transportConfigMap, type TransportName } from '../../../contracts/transports';

// Deliberate differences from the replaced map: the transport `db` is called `database`, and so is its folder unless
// the configuration names the old one; folders have no trailing slash.
const file = path.resolve(__dirname, '../../../../shared/goldens/transport-map.json');
const present = existsSync(file);
if (!present) process.stderr.write(`goldens/transport-map: skipped, ${file} is absent\n`);
const withGolden = present ? describe : describe.skip;

interface Golden {
  transports: Record<string, { value: string; keys: string[]; shared_spec: { infisical_folder: string } }>;
  enum_order: string[];
  aliases: Record<string, string>;
  resolve_probe: Record<string, string | null>;
}
const renamed = (name: string) => (name === 'db' ? 'database' : name);

withGolden('the golden of the replaced transport map', () => {
  const golden = present
    ? (JSON.parse(readFileSync(file, 'utf8')) as Golden)
    : { transports: {}, enum_order: [], aliases: {}, resolve_probe: {} };

  it('has the same transports in the same order', () => {
    expect(Object.keys(transportConfigMap)).toEqual(golden.enum_order.map(renamed));
  });

  it('has the same keys, and the same folders once the old name of the database folder is configured', () => {
    const folders = folderNames({ database: 'db' });
    for (const { value, keys, shared_spec } of Object.values(golden.transports)) {
      const transport = renamed(value) as TransportName;
      expect([transport, ...transportConfigMap[transport].keys]).toEqual([transport, ...keys]);
      expect(`${secretFolder.shared(folders[transport])}/`).toBe(
        shared_spec?.infisical_folder ?? `/shared/${value}/`,
      );
    }
  });

  it('resolves every probe to the same transport', () => {
    for (const [raw, expected] of Object.entries(golden.resolve_probe)) {
      expect([raw, resolveTransport(raw)]).toEqual([raw, expected === null ? undefined : renamed(expected)]);
    }
  });

  it('has the same aliases, and db', () => {
    const ours = Object.entries(transportConfigMap).flatMap(([name, { aliases }]) =>
      aliases.map((alias) => [alias, name] as const),
    );
    const theirs = Object.entries(golden.aliases).map(([alias, name]) => [alias, renamed(name)] as const);
    const expected = theirs.filter(([alias]) => alias !== 'database');
    expect(Object.fromEntries(ours)).toEqual({ ...Object.fromEntries(expected), db: 'database' });
  });
});
