import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContractReader } from '../../environment/contract-reader';
import { readContracts, readGivenValues } from '../../environment/declared-contracts';
import { hostIn } from '../support/declared';
import { temporaryFolder } from './files/temporary-folder';

describe('paths that the operator named', () => {
  it('are refused where nothing is there, and where no contract is', async () => {
    await using folder = await temporaryFolder();
    const none = join(folder.path, 'none');
    const read = (...paths: string[]) => readContracts(paths, new ContractReader());
    const failure = (message: string) => ({ type: 'BadInput', message: expect.stringContaining(message) });
    await expect(read(folder.path, none)).rejects.toMatchObject(
      failure(`There are no contracts at ${none}.`),
    );
    await expect(read(folder.path)).rejects.toMatchObject(failure(`No contract in ${folder.path}`));
  });
});

describe('values files', () => {
  it('are warned of by file, line and key', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'hash.env');
    writeFileSync(path, 'TOKEN=Secr#et1\nSHAPE={"a":"x#y"}\nWHOLE="Secr#et1"\n');
    const { shared, warnings } = await readGivenValues({ values: [{ path }] });
    expect([...shared].map(([key, value]) => [key, value.reveal()])).toEqual([
      ['TOKEN', 'Secr'],
      ['SHAPE', '{"a":"x'],
      ['WHOLE', 'Secr#et1'],
    ]);
    expect(warnings).toEqual([
      `${path}:1: TOKEN: the value ends before the "#"; to keep all of it, write TOKEN='…'`,
      `${path}:2: SHAPE: the value ends before the "#"; to keep all of it, write SHAPE='…'`,
    ]);
  });

  it('by default are the .env beside, unless that is a folder', async () => {
    await using folder = await temporaryFolder();
    mkdirSync(join(folder.path, '.env'));
    const host = hostIn(folder.path);
    const { declaration } = await host.declare({ environment: 'dev', flags: { contracts: [folder.path] } });
    expect(declaration.values).toEqual([]);
  });
});
