import { mkdir, readdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createFileOnce, writeFileAtomic } from '../../../environment/files/atomic';
import { temporaryFolder } from './temporary-folder';

describe('writeFileAtomic', () => {
  it('makes the file 0600 in a new 0700 folder and leaves nothing beside it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'state', 'identity.json');
    await writeFileAtomic(path, 'one');
    await writeFileAtomic(path, 'two');
    expect(await readFile(path, 'utf8')).toBe('two');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder.path, 'state'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder.path, 'state'))).toEqual(['identity.json']);
  });

  it('sets the mode that was asked for, whatever the umask', async () => {
    await using folder = await temporaryFolder();
    const before = process.umask(0o077);
    await writeFileAtomic(join(folder.path, 'shared'), 'x', { mode: 0o644 }).finally(() =>
      process.umask(before),
    );
    expect((await stat(join(folder.path, 'shared'))).mode & 0o777).toBe(0o644);
  });

  it('follows a symbolic link instead of replacing it', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'real'), 'old');
    await symlink('real', join(folder.path, 'link'));
    await writeFileAtomic(join(folder.path, 'link'), 'new');
    expect(await readFile(join(folder.path, 'real'), 'utf8')).toBe('new');
  });

  it('leaves what was there and no temporary file when it cannot be replaced', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'env');
    await writeFile(path, 'old');
    await mkdir(join(folder.path, 'taken'));
    await expect(writeFileAtomic(join(folder.path, 'taken'), 'new')).rejects.toThrow(
      /EISDIR|ENOTEMPTY|EEXIST/,
    );
    expect(await readdir(folder.path)).toEqual(['env', 'taken']);
    expect(await readFile(path, 'utf8')).toBe('old');
  });

  it('removes what a killed writer left behind, but not what a living one is writing', async () => {
    await using folder = await temporaryFolder();
    const [abandoned, living] = ['.env.aaaa.tmp', '.env.bbbb.tmp'].map((name) => join(folder.path, name));
    await writeFile(abandoned!, 'secret');
    await writeFile(living!, 'secret');
    await utimes(abandoned!, 0, 0);
    await writeFileAtomic(join(folder.path, 'env'), 'x');
    expect((await readdir(folder.path)).sort()).toEqual(['.env.bbbb.tmp', 'env']);
  });
});

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
