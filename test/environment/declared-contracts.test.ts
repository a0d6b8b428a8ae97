import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ContractReader } from '../../environment/contract-reader';
import { readContracts, readGivenValues } from '../../environment/declared-contracts';
import { declaredIn, hostIn } from '../support/declared';
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

describe('what the steps of one run share', () => {
  it('is read once for them, anew for another run, and again where it could not be read', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'contract.yaml');
    const write = (name: string) =>
      writeFileSync(
        file,
        `name: ${name}\ndependencies:\n  - { name: d, type: environment, env_var: A_KEY }\n`,
      );
    write('first');
    const { environment } = await declaredIn(folder.path, { contracts: [folder.path] });
    const nodes = async (run?: string) =>
      (await environment.declared(undefined, run)).nodes.map(({ node }) => node);
    expect(await nodes('run')).toEqual(['first']);
    write('second');
    expect([await nodes('run'), await nodes('another'), await nodes()]).toEqual([
      ['first'],
      ['second'],
      ['second'],
    ]);
    rmSync(file);
    await expect(nodes('third')).rejects.toMatchObject({ type: 'BadInput' });
    write('third');
    expect(await nodes('third')).toEqual(['third']);
  });
});
