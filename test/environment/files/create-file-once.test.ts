import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileOnce } from '../../../environment/files/create-file-once';
import { temporaryFolder } from './temporary-folder';

describe('createFileOnce', () => {
  it('never overwrites, and says what is stored', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'key');
    expect(await createFileOnce(path, 'first')).toBe('first');
    expect(await createFileOnce(path, 'second')).toBe('first');
    expect(await readFile(path, 'utf8')).toBe('first');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('gives all of many racing writers the same content', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'key');
    const stored = await Promise.all(
      Array.from({ length: 20 }, (_, i) => createFileOnce(path, `writer ${i}`)),
    );
    expect(new Set(stored).size).toBe(1);
    expect(await readdir(folder.path)).toEqual(['key']);
  });
});
