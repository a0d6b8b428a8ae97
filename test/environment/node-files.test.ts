import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import promises from 'node:fs/promises';
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

  it('are written many at once, with one look for what killed writers of them left', async () => {
    const configs = Array.from({ length: 300 }, (_, at) => ({
      node: `n${at}`,
      service: 's',
      values: new Map<string, Secret>(),
    }));
    const looks = jest.spyOn(promises, 'readdir');
    expect((await writeNodeFiles(dir, configs)).size).toBe(300);
    expect(looks).toHaveBeenCalledTimes(1); // one for each would make the time grow with their square
    looks.mockRestore();
    const [left, living] = [
      '.n7.json.999999999-0123456789ab.tmp',
      `.n8.json.${process.pid}-0123456789ab.tmp`,
    ];
    for (const name of [left, living]) writeFileSync(join(allOf(dir), name), 'secret');
    const changed = configs.slice(7, 9).map((config) => ({ ...config, service: 'other' }));
    expect(await writeNodeFiles(dir, changed)).toEqual(new Set(['n7', 'n8']));
    const names = readdirSync(allOf(dir));
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
