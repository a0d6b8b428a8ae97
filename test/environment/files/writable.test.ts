import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertWritable } from '../../../environment/files/writable';
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
