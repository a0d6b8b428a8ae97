import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../contracts/core/secret';
import {
  nodeFileName,
  otherNodeFiles,
  removeNodeFiles,
  showNodeFiles,
  writeNodeFiles,
} from '../../environment/node-files';

const allOf = (dir: string) => join(dir, 'all');

describe('node files', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'onex-nodes-'))));
  afterEach(() => rmSync(dir, { recursive: true }));

  const write = (node: string, value: string) =>
    writeNodeFiles(dir, [{ node, service: 's', values: new Map([['KEY', new Secret(value)]]) }]);
  const read = (folder: string, node: string) =>
    JSON.parse(readFileSync(join(folder, nodeFileName(node)), 'utf8')) as { values: { KEY: string } };

  it('hold every value exactly, in a folder of their owner only, and are left alone when equal', async () => {
    const odd = ' spaces, "quotes", \'both\', `three`, ${x}, \n newline, \u0000 and ü ';
    expect(await write('n1', odd)).toEqual(new Set(['n1']));
    expect(read(allOf(dir), 'n1').values.KEY).toBe(odd);
    expect(statSync(join(allOf(dir), 'n1.json')).mode & 0o777).toBe(0o444);
    expect(statSync(allOf(dir)).mode & 0o777).toBe(0o700);
    expect(await write('n1', odd)).toEqual(new Set());
  });

  it('are written many at once in a time that grows with them, and what a killed writer of one left goes', async () => {
    const configs = Array.from({ length: 3_000 }, (_, at) => ({
      node: `n${at}`,
      service: 's',
      values: new Map(),
    }));
    const secondsFor = async (count: number) => {
      const folder = join(dir, `${count}`);
      const started = performance.now();
      expect((await writeNodeFiles(folder, configs.slice(0, count))).size).toBe(count);
      return (performance.now() - started) / 1000;
    };
    const [few, many] = [await secondsFor(300), await secondsFor(3_000)];
    expect(many / few).toBeLessThan(25); // 10 where each costs the same, over 50 where each looks at all others
    const [left, living] = [
      '.n7.json.999999999-0123456789ab.tmp',
      `.n8.json.${process.pid}-0123456789ab.tmp`,
    ];
    for (const name of [left, living]) writeFileSync(join(dir, '300', 'all', name), 'secret');
    await writeNodeFiles(join(dir, '300'), [
      { ...configs[7]!, service: 'other' },
      { ...configs[8]!, service: 'other' },
    ]);
    const names = readdirSync(join(dir, '300', 'all'));
    expect(names.filter((name) => name.startsWith('.'))).toEqual([living]);
    expect(names).toHaveLength(301);
  });

  it('have safe names for any node', async () => {
    await write('../MCP Handler/x', 'v');
    await write('MCP Handler', 'v');
    await write('MCP_Handler', 'v');
    expect(readdirSync(allOf(dir))).toHaveLength(3);
    expect(existsSync(join(dir, '..', 'MCP Handler'))).toBe(false);
  });

  it('are shown to a service as exactly its own, and follow a change', async () => {
    await write('n1', 'one');
    await write('n2', 'two');
    await showNodeFiles(dir, 'svc', ['n1', 'n2']);
    await write('n1', 'changed');
    await showNodeFiles(dir, 'svc', ['n1']);
    const shown = join(dir, 'services', 'svc');
    expect(readdirSync(shown)).toEqual(['n1.json']);
    expect(read(shown, 'n1').values.KEY).toBe('changed');
    await showNodeFiles(dir, 'svc', ['n1']);
    expect(readdirSync(shown)).toEqual(['n1.json']);
  });

  it('of other nodes are told by node and service, and go away one by one', async () => {
    await write('n1', 'one');
    await write('a/b', 'two');
    const others = await otherNodeFiles(dir, ['n1']);
    expect(others).toEqual([{ file: nodeFileName('a/b'), node: 'a/b', service: 's', keys: 1 }]);
    await removeNodeFiles(
      dir,
      others.map(({ file }) => file),
    );
    expect(readdirSync(allOf(dir))).toEqual(['n1.json']);
  });
});
