import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../environment/files/temporary-folder';
import { Installation } from '../support/installation';

const root = join(__dirname, '..', '..');

describe('the cache of compiled code', () => {
  it('is written by the first commands, used as it is by the next, and made anew where it is damaged', async () => {
    await using folder = await temporaryFolder();
    const { path } = folder;
    for (const name of ['dist', 'package.json', 'docker-compose.yml'])
      cpSync(join(root, name), join(path, name), {
        recursive: true,
        filter: (file) => !file.endsWith('/.compiled'),
      });
    symlinkSync(join(root, 'node_modules'), join(path, 'node_modules'));
    const installation = await Installation.create();
    const cache = join(path, 'dist', '.compiled');
    const version = () =>
      execFileSync(process.execPath, [join(path, 'dist', 'client', 'main.js'), '--version'], {
        cwd: path,
        env: installation.env,
      }).toString();
    const said = version();
    version(); // what the first one compiles and what the second does are kept
    const first = statSync(cache);
    expect(version()).toBe(said);
    expect(statSync(cache)).toMatchObject({ ino: first.ino, mtimeMs: first.mtimeMs });
    for (const damaged of ['', 'rubbish\n', `${readFileSync(cache, 'latin1').slice(0, 20_000)}`]) {
      writeFileSync(cache, damaged);
      expect(version()).toBe(said);
      expect(statSync(cache).size).toBeGreaterThan(first.size / 2);
    }
    await installation.remove();
  }, 60_000);
});
