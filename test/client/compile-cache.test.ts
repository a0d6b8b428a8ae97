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
    const run = (flag: string) =>
      execFileSync(process.execPath, [join(path, 'dist', 'client', 'main.js'), flag], {
        cwd: path,
        env: installation.env,
      }).toString();
    const version = () => run('--version');
    const help = () => run('--help');
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
    // a file that is written anew counts from then on, also where it is as long as before
    const command = join(path, 'dist', 'client', 'program.js');
    const text = readFileSync(command, 'utf8');
    expect(help()).toContain('bring everything up');
    writeFileSync(command, text.replace('bring everything up', 'bring everything UP'));
    expect(help()).toContain('bring everything UP');
    await installation.remove();
  }, 60_000);
});
