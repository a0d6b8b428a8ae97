import { mkdir, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Declaration } from '../../environment/declaration';
import { changedSince } from '../../environment/declared-files';
import { temporaryFolder } from './files/temporary-folder';

test('a declared file that was changed, moved in or taken away is found, deep in a folder of contracts too', async () => {
  await using temporary = await temporaryFolder();
  const folder = temporary.path;
  const [values, contract] = [join(folder, 'values.env'), join(folder, 'contracts/node/contract.yaml')];
  const [other, notes] = [join(folder, 'other.env'), join(folder, 'contracts/node/notes.txt')];
  await mkdir(join(folder, 'contracts/node'), { recursive: true });
  for (const file of [values, contract, other, notes]) await writeFile(file, '');
  await utimes(other, new Date(0), new Date(0));
  const declaration = {
    contracts: [join(folder, 'contracts')],
    values: [{ path: values }, { path: join(folder, 'gone.env') }],
    infrastructure: { kind: 'external', address: 'http://127.0.0.1:1' },
  } as unknown as Declaration;
  const isFoundAfter = async (change: () => Promise<void>) => {
    await sleep(30); // files are dated by the kernel's tick
    const moment = new Date();
    await sleep(30);
    await change();
    return changedSince(declaration, moment);
  };
  expect(await isFoundAfter(() => Promise.resolve())).toBe(false);
  expect(await isFoundAfter(() => writeFile(notes, 'of nobody'))).toBe(false);
  expect(await isFoundAfter(() => writeFile(values, 'A=1'))).toBe(true);
  expect(await isFoundAfter(() => writeFile(contract, 'name: n'))).toBe(true);
  expect(await isFoundAfter(() => rename(other, values))).toBe(true);
  expect(await isFoundAfter(() => rm(contract))).toBe(true);
});
