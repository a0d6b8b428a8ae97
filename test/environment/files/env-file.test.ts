import { spawnSync } from 'node:child_process';
import { chmod, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'dotenv';
import fc from 'fast-check';
import { setInEnvText, updateEnvFile } from '../../../environment/files/env-file';
import { Secret } from '../../../contracts/core/secret';
import { temporaryFolder } from './temporary-folder';

const before = `# runtime
export INFISICAL_ADDR = "http://old:8080" # where
OTHER='keeps INFISICAL_CLIENT_ID=decoy
INFISICAL_CLIENT_ID=decoy'

INFISICAL_CLIENT_ID=
  LAST=untouched`;

const after = `# runtime
export INFISICAL_ADDR = http://new:8080 # where
OTHER='keeps INFISICAL_CLIENT_ID=decoy
INFISICAL_CLIENT_ID=decoy'

INFISICAL_CLIENT_ID=c-1
  LAST=untouched
INFISICAL_CLIENT_SECRET=s3cret/+=
`;

const entries = {
  INFISICAL_ADDR: 'http://new:8080',
  INFISICAL_CLIENT_ID: 'c-1',
  INFISICAL_CLIENT_SECRET: new Secret('s3cret/+='),
};

describe('updateEnvFile', () => {
  it('sets the given keys and leaves every other byte alone', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, '.env');
    await writeFile(path, before);
    await expect(updateEnvFile(path, entries)).resolves.toBe('written');
    expect(await readFile(path, 'utf8')).toBe(after);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('writes nothing when nothing changes', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, '.env');
    await updateEnvFile(path, entries);
    const { ino, mtimeMs } = await stat(path);
    await expect(updateEnvFile(path, entries)).resolves.toBe('unchanged');
    expect(await stat(path)).toMatchObject({ ino, mtimeMs });
  });

  it('closes a file that others could read', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, '.env');
    await updateEnvFile(path, entries);
    await chmod(path, 0o644);
    await expect(updateEnvFile(path, entries)).resolves.toBe('written');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('keeps CRLF, a byte order mark and bytes that are not UTF-8', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, '.env');
    await writeFile(path, Buffer.from('\u00ef\u00bb\u00bfA=1\r\nB=\u00ff\r\n', 'latin1'));
    await updateEnvFile(path, { A: '2', C: '3' });
    expect(await readFile(path, 'latin1')).toBe('\u00ef\u00bb\u00bfA=2\r\nB=\u00ff\r\nC=3\r\n');
  });

  it.each([
    "a'b",
    'a b',
    'a#b',
    '$(id)',
    '`id`',
    'a;id',
    'a\nB=1',
    'a\\b',
    '"',
    'ü',
    '~',
    '*',
    '!x',
    'a&b',
    '\u0000',
  ])('refuses %j by its key, without showing it', async (value) => {
    await using folder = await temporaryFolder();
    const write = updateEnvFile(join(folder.path, '.env'), { KEY: value });
    await expect(write).rejects.toThrow(/^KEY cannot be written to an env file: it holds other characters/);
    expect(await readdir(folder.path)).toEqual([]);
  });

  it('writes what dotenv and a shell read, and nothing that runs', async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, '.env');
    const value = 'http://[::1]:8080/a_b-c?'.replace('?', '%3F=+,@');
    await updateEnvFile(path, { KEY: value });
    const sourced = spawnSync('sh', ['-c', '. "$0"; printf %s "$KEY"', path], { encoding: 'utf8' });
    expect([sourced.stdout, sourced.stderr]).toEqual([value, '']);
    expect(await readFile(path, 'utf8')).toBe(`KEY=${value}\n`); // as systemd and Docker take it
  });

  it('writes what dotenv reads', () => {
    const value = fc.stringMatching(/^[\w./:@%+,=[\]-]*$/);
    fc.assert(
      fc.property(value, value, (first, second) => {
        const bytes = (text: string) => Buffer.from(text).toString('latin1');
        const once = setInEnvText('# top\nB=x\n', new Map([['A', bytes(first)]]));
        const twice = setInEnvText(once, new Map([['A', bytes(second)]]));
        expect(parse(Buffer.from(twice, 'latin1'))).toEqual({ A: second, B: 'x' });
        expect(setInEnvText(twice, new Map([['A', bytes(second)]]))).toBe(twice);
      }),
    );
  });
});
