import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isFile, readInputFile, readInputFileSync } from '../../../environment/files/input-file';
import { readKept } from '../../../environment/files/system';
import { temporaryFolder } from './temporary-folder';

describe('a file that the operator named', () => {
  it.each([
    ['a folder', (path: string) => mkdirSync(path), 'it is a directory'],
    ['nothing', () => {}, 'there is no such file'],
    [
      'UTF-16',
      (path: string) => writeFileSync(path, '\ufeffTOKEN=abc\nOTHER=def\n', 'utf16le'),
      'it is UTF-16: save it as UTF-8',
    ],
  ])('is refused by its path where it is %s', async (_, make, reason) => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'values.env');
    make(path);
    const message = `The values file ${path} cannot be read: ${reason}.`;
    await expect(readInputFile(path, 'values file')).rejects.toMatchObject({ type: 'BadInput', message });
    expect(() => readInputFileSync(path, 'values file')).toThrow(message);
  });

  it('names the path also where a path is too long or goes round in a circle', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'x'.repeat(300));
    await expect(readInputFile(path, 'registry')).rejects.toThrow(
      `The registry ${path} cannot be read: ENAMETOOLONG.`,
    );
  });

  it('is no file where a folder has its name', async () => {
    await using folder = await temporaryFolder();
    expect([isFile(folder.path), isFile(join(folder.path, '.env'))]).toEqual([false, false]);
    expect(isFile(join(__filename, 'below', 'a-file'))).toBe(false);
  });
});

describe('a file that we keep', () => {
  it('is refused by its path where a folder stands in its place, and absent where nothing does', async () => {
    await using folder = await temporaryFolder();
    await expect(readKept(folder.path)).rejects.toThrow(`${folder.path} cannot be read: it is a directory`);
    expect(await readKept(join(folder.path, 'none'))).toBeUndefined();
  });
});
