import {
  chmodSync,
  chownSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Secret } from '../../contracts/core/secret';
import { readConfiguration } from '../../environment/configuration';
import { ownFolder } from '../../environment/files/own-folder';
import { Host } from '../../environment/host';
import {
  nodeFileName,
  openNodesDir,
  removeNodesDir,
  showNodeFiles,
  writeNodeFiles,
} from '../../environment/node-files';

const SOMEBODY = 12_345;
const asRoot = process.getuid?.() === 0 ? it : it.skip; // only root can give a folder to somebody else

describe('a folder that another local user has a hand in', () => {
  let base: string;
  beforeEach(() => (base = realpathSync(mkdtempSync(join(tmpdir(), 'onex-attack-')))));
  afterEach(() => rmSync(base, { recursive: true }));
  const at = (...names: string[]) => join(base, ...names);

  it('is made for its owner alone, with whatever is missing above it', async () => {
    await ownFolder(at('a', 'b'));
    expect(statSync(at('a', 'b')).mode & 0o777).toBe(0o700);
    await ownFolder(at('a', 'b'));
  });

  it('is refused where others may enter it, and says how to close it', async () => {
    mkdirSync(at('open'));
    for (const mode of [0o777, 0o755, 0o750, 0o701]) {
      chmodSync(at('open'), mode);
      await expect(ownFolder(at('open'))).rejects.toMatchObject({
        type: 'Refused',
        message: expect.stringMatching(/others may enter it \(mode 0\d+\)\. To close it: chmod 700 \S+$/),
      });
    }
    chmodSync(at('open'), 0o700);
    await ownFolder(at('open'));
  });

  it('is refused where it is a link, also to a folder of ours, or no folder', async () => {
    mkdirSync(at('ours'), { mode: 0o700 });
    symlinkSync(at('ours'), at('link'));
    symlinkSync(at('nowhere'), at('dangling'));
    writeFileSync(at('file'), '');
    await expect(ownFolder(at('link'))).rejects.toThrow('it is a symbolic link');
    await expect(ownFolder(at('dangling'))).rejects.toThrow('it is a symbolic link');
    await expect(ownFolder(at('file'))).rejects.toThrow('it is no folder');
    expect(existsSync(at('nowhere'))).toBe(false);
  });

  it('is refused where anybody could put another one in its place', async () => {
    mkdirSync(at('public', 'mine'), { recursive: true, mode: 0o700 });
    chmodSync(at('public'), 0o777);
    await expect(ownFolder(at('public', 'mine'))).rejects.toThrow('anybody may replace what is in');
    chmodSync(at('public'), 0o1777); // as /tmp and /dev/shm are
    await ownFolder(at('public', 'mine'));
  });

  asRoot('is refused where it, or what leads to it, is somebody else’s', async () => {
    mkdirSync(at('shm', 'taken', 'nodes'), { recursive: true, mode: 0o700 });
    chmodSync(at('shm'), 0o1777);
    chownSync(at('shm', 'taken'), SOMEBODY, SOMEBODY);
    await expect(ownFolder(at('shm', 'taken'))).rejects.toThrow(`it belongs to the user ${SOMEBODY}`);
    await expect(ownFolder(at('shm', 'taken', 'nodes'))).rejects.toThrow('who may replace it');
    symlinkSync(at('elsewhere'), at('shm', 'planted'));
    lchownSync(at('shm', 'planted'), SOMEBODY, SOMEBODY);
    mkdirSync(at('elsewhere', 'nodes'), { recursive: true, mode: 0o700 });
    await expect(ownFolder(at('shm', 'planted'))).rejects.toThrow('symbolic link');
    await expect(ownFolder(at('shm', 'planted', 'nodes'))).rejects.toThrow('who may replace it');
  });

  asRoot('is no state directory: nothing is declared, made or deleted in it', async () => {
    mkdirSync(at('state'), { mode: 0o777 });
    chmodSync(at('state'), 0o777);
    chownSync(at('state'), SOMEBODY, SOMEBODY);
    const variables = { HOME: base, ONEX_STATE_DIR: at('state') };
    const host = new Host(readConfiguration(variables, { workingDir: base, packageDir: base }));
    const declaring = { environment: 'dev', flags: { infisical: 'http://127.0.0.1:1' } };
    await expect(host.declare(declaring)).rejects.toThrow(
      /state cannot hold secrets: it belongs to the user/,
    );
    await expect(host.installation()).rejects.toThrow('cannot hold secrets');
    expect(readdirSync(at('state'))).toEqual([]);
  });
});

describe('the folder of node files', () => {
  let dir: string;
  beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'onex-nodes-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const write = (node: string, value: string) =>
    writeNodeFiles(dir, [{ node, service: 's', values: new Map([['KEY', new Secret(value)]]) }]);

  it('is of one installation: another one neither writes there nor takes it away', async () => {
    await openNodesDir(dir, 'host-000001');
    await write('n', 'v');
    await expect(openNodesDir(dir, 'host-000002')).rejects.toMatchObject({ type: 'Refused' });
    await expect(removeNodesDir(dir, 'host-000002')).rejects.toThrow('another installation (host-000001)');
    expect(readdirSync(join(dir, 'all'))).toEqual(['n.json']);
    await removeNodesDir(dir, 'host-000001');
    expect(existsSync(dir)).toBe(false);
    await removeNodesDir(dir, 'host-000001');
  });

  it('is another one for each state directory, unless one is named', async () => {
    const places = await Promise.all(
      ['one', 'two'].map(async (name) => {
        const stateRoot = join(dir, name);
        const variables = { HOME: dir, ONEX_STATE_DIR: stateRoot };
        const host = new Host(readConfiguration(variables, { workingDir: dir, packageDir: dir }));
        const declaring = { environment: 'dev', flags: { infisical: 'http://127.0.0.1:1', contracts: [] } };
        return (await host.declare(declaring)).declaration.nodesDir;
      }),
    );
    expect(new Set(places).size).toBe(2);
  });

  asRoot('shows a service of any user exactly its own files, and lets nobody else in', async () => {
    await write('own', 'v1');
    await write('foreign', 'v2');
    await showNodeFiles(dir, 'svc', ['own']);
    const shown = join(dir, 'services', 'svc');
    expect(readdirSync(shown)).toEqual(['own.json']);
    // as a container sees it: the folder itself, without those above it
    expect([statSync(shown).mode & 0o777, statSync(join(shown, 'own.json')).mode & 0o777]).toEqual([
      0o755, 0o444,
    ]);
    for (const folder of [dir, join(dir, 'all'), join(dir, 'services')])
      expect([folder, statSync(folder).mode & 0o077]).toEqual([folder, 0]);
  });

  it('never has one file for two nodes', async () => {
    const tricky = nodeFileName('a/b').replace(/\.json$/, '');
    const nodes = [
      'a/b',
      'a_b',
      tricky,
      nodeFileName(tricky).replace(/\.json$/, ''),
      '.',
      '..',
      'x'.repeat(300),
    ];
    const names = [...nodes, `${'x'.repeat(300)}y`, 'constructor', '__proto__'].map(nodeFileName);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect([name, dirname(join(dir, name))]).toEqual([name, dir]);
    await write('x'.repeat(300), 'v');
    await write('__proto__', 'v');
    expect(JSON.parse(readFileSync(join(dir, 'all', '__proto__.json'), 'utf8')).node).toBe('__proto__');
  });
});
