import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { refused } from '../../contracts/core/failures';
import { saying } from '../../contracts/core/foreign-words';
import { Secret } from '../../contracts/core/secret';
import { withSecretScope } from '../../contracts/core/secret-scope';
import { keepWords } from '../../environment/kept-words';

let stateDir: string;
beforeEach(async () => (stateDir = await mkdtemp(join(tmpdir(), 'words-'))));
afterEach(() => rm(stateDir, { recursive: true }));

const folder = () => join(stateDir, 'trouble');
const kept = (of: string) => readFile(join(folder(), `${of}.txt`), 'utf8');

describe('keepWords', () => {
  it('keeps what others said in files of the owner alone, and has the message name them', async () => {
    const error = saying(saying(refused('It failed.'), 'the Docker Engine', 'no'), 'redis', 'ready\nbye');
    await keepWords(stateDir, error);
    expect(error.message).toBe(
      `It failed. What the Docker Engine said is in ${folder()}/docker-engine.txt; What redis said is in ${folder()}/redis.txt`,
    );
    expect(await kept('redis')).toMatch(/^--- 20\S+ {2}It failed\.\nready\nbye\n$/);
    expect((await stat(folder())).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder(), 'redis.txt'))).mode & 0o777).toBe(0o600);
  });

  it('keeps what was said to a cause, and nothing where nobody said anything', async () => {
    const cause = saying(refused('inner'), 'redis', 'bye');
    const outer = refused('outer', { cause });
    await keepWords(stateDir, outer);
    expect(outer.message).toBe(`outer. What redis said is in ${folder()}/redis.txt`);
    const silent = refused('quiet');
    expect(await keepWords(stateDir, silent)).toBe(silent);
    expect(silent.message).toBe('quiet');
  });

  it('hides secrets in all of a text before it cuts it', async () => {
    await withSecretScope(async () => {
      const value = new Secret(`s3cret-${'y8'.repeat(50)}`).reveal();
      const text = `${'a'.repeat(100)}${value}${'b'.repeat(16 * 1024 - 20)}`;
      await keepWords(stateDir, saying(refused('It failed.'), 'redis', text));
    });
    expect(await kept('redis')).not.toContain('y8');
  });

  it('hides what the environment keeps, also where this step had nothing of it in its hands', async () => {
    const secrets = join(stateDir, 'secrets');
    await mkdir(secrets);
    await writeFile(join(secrets, 'postgres_password'), 'p0stgres-of-the-stack\n');
    await writeFile(
      join(secrets, 'variables-1.json'),
      '{"values":{"API_TOKEN":"t0ken-of-a-variable","PORT":"80801"}}',
    );
    await writeFile(
      join(stateDir, 'identity.json'),
      '{"address":"http://127.0.0.1:8881","identities":{"runtime":{"clientSecret":"s3cret-of-the-runtime"}}}',
    );
    const said =
      'p0stgres-of-the-stack t0ken-of-a-variable s3cret-of-the-runtime http://127.0.0.1:8881 80801';
    await withSecretScope(() => keepWords(stateDir, saying(refused('no.'), 'redis', said)));
    expect(await kept('redis')).toContain('[secret] [secret] [secret] http://127.0.0.1:8881 80801');
  });

  it('keeps the newest of a bounded number of files of a bounded size', async () => {
    for (let turn = 0; turn < 6; turn++)
      await keepWords(stateDir, saying(refused(`turn ${turn}`), 'loud', `${turn}`.repeat(16_000)));
    for (let index = 0; index < 25; index++)
      await keepWords(stateDir, saying(refused('no'), `service-${index}`, 'no'));
    const files = (await readdir(folder())).filter((name) => name.endsWith('.txt'));
    expect(files).toHaveLength(20);
    expect(files).toContain('service-24.txt');
    await keepWords(stateDir, saying(refused('turn 7'), 'service-24', 'x'.repeat(100_000)));
    expect((await stat(join(folder(), 'service-24.txt'))).size).toBeLessThan(17 * 1024);
  });

  it('says so where nothing can be kept, and writes through no link', async () => {
    const elsewhere = join(stateDir, 'elsewhere');
    await mkdir(elsewhere);
    await symlink(elsewhere, folder());
    const error = await keepWords(stateDir, saying(refused('It failed.'), 'redis', 'bye'));
    expect(error.message).toBe('It failed. What redis said could not be kept');
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it.each(['../../etc/passwd', '.hidden', 'a b/c', '__proto__'])(
    'keeps files of %p below its folder',
    async (of) => {
      await keepWords(stateDir, saying(refused('no'), of, 'said'));
      expect(await readdir(folder())).toEqual([expect.stringMatching(/^[A-Za-z0-9_-][\w.-]*\.txt$/)]);
      expect(await readdir(stateDir)).toEqual(['trouble']);
    },
  );
});
