import { readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertNoFile, assertWritable } from '../../../environment/files/writable';
import { temporaryFolder } from './temporary-folder';

describe('assertWritable', () => {
  it('makes the directory and leaves nothing in it', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'state');
    await assertWritable(path);
    expect(await readdir(path)).toEqual([]);
  });

  it('names the directory and what to do when it cannot be one', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, 'file', 'state');
    await writeFile(join(folder.path, 'file'), '');
    await expect(assertWritable(path)).rejects.toMatchObject({
      type: 'MissingPrerequisite',
      nonRetryable: true,
      message: expect.stringMatching(/state cannot be written: a file stands in its place.*ONEX_STATE_DIR/),
    });
  });
});

describe('assertNoFile', () => {
  it.each([
    ['a file', ['file'], /file stands in its place/],
    ['below a file', ['file', 'state'], /file stands in its place/],
    ['a circle of links', ['circle', 'state'], /lead in a circle/],
    ['too long', ['long'.repeat(100)], /path is too long/],
  ])('refuses a place that is %s', async (_what, names, why) => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), '');
    await symlink('circle', join(folder.path, 'circle'));
    const message = expect.stringMatching(new RegExp(`${why.source}.*ONEX_STATE_DIR`)) as unknown;
    const refused = () => assertNoFile(join(folder.path, ...names));
    expect(refused).toThrow(expect.objectContaining({ type: 'MissingPrerequisite', message }) as Error);
  });

  it('takes a folder, and one that may be made', async () => {
    await using folder = await temporaryFolder();
    assertNoFile(folder.path);
    assertNoFile(join(folder.path, 'none', 'yet'));
  });
});
