import { mkdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Declaration } from '../../environment/declaration';
import { changedSince } from '../../environment/declared-files';
import { temporaryFolder } from './files/temporary-folder';

test('a declared file that is newer is found, in a folder of contracts too', async () => {
  await using temporary = await temporaryFolder();
  const folder = temporary.path;
  const [values, contract] = [join(folder, 'values.env'), join(folder, 'contracts/node/contract.yaml')];
  await mkdir(join(folder, 'contracts/node'), { recursive: true });
  for (const file of [values, contract]) await writeFile(file, '');
  const declaration = {
    contracts: [join(folder, 'contracts')],
    values: [{ path: values }, { path: join(folder, 'gone.env') }],
    infrastructure: { kind: 'external', address: 'http://127.0.0.1:1' },
  } as unknown as Declaration;
  const [before, now] = [new Date(1_000), new Date(2_000)];
  const all = [values, contract, join(folder, 'contracts/node'), join(folder, 'contracts')];
  const set = (file: string, time: Date) => utimes(file, time, time);
  for (const each of all) await set(each, before);
  expect(await changedSince(declaration, before)).toBe(false);
  for (const file of [values, contract]) {
    await set(file, now);
    expect(await changedSince(declaration, before)).toBe(true);
    await set(file, before);
  }
});
