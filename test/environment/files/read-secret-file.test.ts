import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readSecretFile } from '../../../environment/files/read-secret-file';
import { temporaryFolder } from './temporary-folder';

describe('readSecretFile', () => {
  it('drops one line break at the end, and nothing else', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'password'), ' pass word \n\n');
    expect((await readSecretFile(join(folder.path, 'password')))?.reveal()).toBe(' pass word \n');
  });

  it('knows that there is none', async () => {
    await expect(readSecretFile('/nonexistent/password')).resolves.toBeUndefined();
  });
});
