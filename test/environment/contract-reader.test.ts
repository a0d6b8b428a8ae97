import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ContractReader } from '../../environment/contract-reader';

const loadContracts = (paths: string[]) => new ContractReader().read(paths);

let root: string;
const put = async (name: string, content: string | Uint8Array = 'name: x\n') => {
  await mkdir(path.dirname(path.join(root, name)), { recursive: true });
  await writeFile(path.join(root, name), content);
};
const found = async (...paths: string[]) =>
  (await loadContracts(paths)).map((file) => path.relative(root, file.path));

beforeEach(async () => (root = await mkdtemp(path.join(tmpdir(), 'contracts-'))));
afterEach(() => rm(root, { recursive: true }));

describe('the search for contracts', () => {
  it('sorts by folder, enters hidden folders and passes over other names', async () => {
    for (const name of [
      'a-b/contract.yaml',
      'a/contract.yaml',
      'a/z/contract_1.yaml',
      '.h/handler_contract.yaml',
      'a/other.yaml',
    ]) {
      await put(name);
    }
    expect(await found(root)).toEqual([
      '.h/handler_contract.yaml',
      'a/contract.yaml',
      'a/z/contract_1.yaml',
      'a-b/contract.yaml',
    ]);
  });

  it('takes symlinked files, does not enter symlinked folders, and takes a given file whatever its name', async () => {
    await put('real/contract.yaml');
    await put('other.yaml');
    await symlink(path.join(root, 'real'), path.join(root, 'linked'));
    await symlink(path.join(root, 'other.yaml'), path.join(root, 'contract_link.yaml'));
    await symlink(path.join(root, 'real'), path.join(root, 'contract_folder.yaml'));
    expect(await found(root, path.join(root, 'other.yaml'))).toEqual([
      'contract_link.yaml',
      'other.yaml',
      'real/contract.yaml',
    ]);
  });

  it('finds a file once, however often it is reached', async () => {
    await put('a/contract.yaml');
    expect(await found(root, path.join(root, 'a'), `${root}/./a/contract.yaml`)).toEqual(['a/contract.yaml']);
  });
});

describe('loadContracts', () => {
  it('reports what cannot be read and reads the rest', async () => {
    await put('a/contract.yaml', Buffer.from([...Buffer.from('name: x\nb: '), 0xff]));
    await put('b/contract.yaml', `a: ${'x'.repeat(1024 * 1024)}`);
    await put('d/contract.yaml', '\ufeffname: fine\n');
    await put('e/contract.yaml', Buffer.from('\ufeffname: wide\n', 'utf16le'));
    await symlink(path.join(root, 'nowhere'), path.join(root, 'contract_c.yaml'));
    const missing = path.join(root, 'zzz');
    const files = await loadContracts([missing, root]);
    expect(
      files.map(({ path: file, node, problems }) => [path.relative(root, file), node ?? problems]),
    ).toEqual([
      ['a/contract.yaml', [{ message: `Failed to parse ${root}/a/contract.yaml: not UTF-8`, line: 2 }]],
      ['b/contract.yaml', [{ message: expect.stringContaining('larger than 1 MiB') }]],
      ['contract_c.yaml', [{ message: expect.stringContaining('Cannot read') }]],
      ['d/contract.yaml', 'fine'],
      [
        'e/contract.yaml',
        [{ message: `Failed to parse ${root}/e/contract.yaml: it is UTF-16, save it as UTF-8` }],
      ],
      ['zzz', [{ message: `Path does not exist: ${missing}` }]],
    ]);
  });
});
