import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectExit, Installation } from '../support/installation';
import { earlierPostgres, UpgradeImages } from '../support/upgrade-images';

jest.setTimeout(900_000);

const root = join(__dirname, '..', '..');
let installation: Installation;
let images: UpgradeImages;
const named: Record<'postgres' | 'valkey' | 'infisical', string> = {
  postgres: '',
  valkey: '',
  infisical: '',
};
const major = earlierPostgres();
if (major === undefined) console.warn('skipped: no Postgres before 17 is on this machine to upgrade from');

/** The stack file with these images; the answer of Infisical is waited for no longer than a test can wait. */
function name(changed: Partial<typeof named>): void {
  Object.assign(named, changed);
  const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8')
    .replace('postgres:16-alpine', named.postgres)
    .replace('valkey/valkey:8.0-alpine', named.valkey)
    .replace('infisical/infisical:v0.165.16', named.infisical)
    .replace('path: /api/status }', 'path: /api/status, timeout: 15s }\n      role: infisical')
    .replaceAll('./examples', join(root, 'examples'));
  writeFileSync(join(installation.stateDir, 'stack.yml'), text);
}

beforeAll(async () => {
  installation = await Installation.create();
  images = new UpgradeImages(installation);
  name({
    postgres: await images.first('postgres', '17'),
    valkey: await images.first('valkey', '8.0'),
    infisical: await images.first('infisical', 'v1'),
  });
  if (major !== undefined) name({ postgres: images.postgres(major) });
  expectExit(0, await installation.run('up', '--stack', 'stack.yml'));
});
afterAll(async () => {
  await installation.remove();
  images.remove();
});

const sql = (text: string) =>
  installation
    .docker('exec', `onex-${installation.environment}-postgres-1`, 'psql', '-U', 'infisical', '-tAc', text)
    .trim();
const running = () =>
  installation
    .docker(
      'ps',
      '--format',
      '{{.Names}} {{.Image}}',
      '--filter',
      `label=onex.environment=${installation.environment}`,
    )
    .split('\n')
    .filter((line) => !line.includes('greeter'))
    .sort();
const volumes = () =>
  installation.docker('volume', 'ls', '-q', '--filter', `label=onex.environment=${installation.environment}`);
const changes = async () =>
  JSON.parse((await installation.run('up', '--json')).stdout) as { changes: { count: number } };

/** As an engine leaves them that was killed, or a machine that was started anew. */
const stopAll = () =>
  installation.docker(
    'stop',
    ...['infisical', 'valkey', 'postgres'].map((service) => `onex-${installation.environment}-${service}-1`),
  );

test('a service gets the image that its stack file names, and a second upgrade writes nothing', async () => {
  const none = await installation.run('upgrade');
  expectExit(0, none);
  expect(none.stdout).toContain('Nothing to upgrade');
  name({ infisical: images.infisical('v2', 'create table if not exists of_v2 (id int)') });
  expect((await installation.run('upgrade', 'greeter')).stderr).toContain(
    'There is no service greeter to upgrade',
  );
  stopAll();
  const done = await installation.run('upgrade');
  expectExit(0, done);
  expect(done.stdout).toContain('is upgraded, and its secrets are those of before');
  expect(sql(`select count(*) from of_v2`)).toBe('0');
  expect(running().join()).toContain('infisical:v2');
  expect(await changes()).toMatchObject({ changes: { count: 0 } });
  const again = await installation.run('upgrade', '--json');
  expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'complete', upgraded: [] });
});

test.each([
  [
    'deletes a secret',
    'v3',
    'delete from secrets where id in (select id from secrets limit 1)',
    'shows 34 secrets',
  ],
  ['spoils values', 'v4', 'update secrets set value = value || value', ''],
  ['never answers', 'v5', undefined, 'is not ready after 15 s'],
])('an Infisical that %s goes back to where it was', async (_, tag, migration, why) => {
  const before = {
    secrets: sql(
      'select count(*), md5(string_agg(id::text || value::text, chr(10) order by id)) from secrets',
    ),
    running: running(),
  };
  name({ infisical: images.infisical(tag, migration) });
  const failed = await installation.run('upgrade');
  expect(failed.code).not.toBe(0);
  expect(failed.stderr).toContain('everything was put back as it was before');
  expect(failed.stderr).toContain(why);
  expect(
    sql('select count(*), md5(string_agg(id::text || value::text, chr(10) order by id)) from secrets'),
  ).toBe(before.secrets);
  expect(running()).toEqual(before.running);
  // and stays so, whatever the file names
  expect(await changes()).toMatchObject({ changes: { count: 0 } });
  expect(running()).toEqual(before.running);
  name({ infisical: before.running.find((line) => line.includes('infisical-1'))!.split(' ')[1]! });
  expect(await changes()).toMatchObject({ changes: { count: 0 } });
  expect((await installation.run('upgrade')).stdout).toContain('Nothing to upgrade');
});

test('an earlier version is refused before anything is changed', async () => {
  name({ infisical: images.infisical('v0', '') });
  const before = running();
  const refused = await installation.run('upgrade');
  expect(refused.code).not.toBe(0);
  expect(refused.stderr).toMatch(/runs \S+infisical:v2, and \S+infisical:v0 is earlier/);
  expect(running()).toEqual(before);
});

(major === undefined ? test.skip : test)(
  'a later major of Postgres gets the data in a new volume',
  async () => {
    name({
      infisical: running()
        .find((line) => line.includes('infisical-1'))!
        .split(' ')[1]!,
    });
    name({ postgres: named.postgres.replace(/\d+$/, '17') });
    const refused = await installation.run('up');
    expect(refused.stderr).toContain(`onex-bootstrap upgrade -e ${installation.environment}`);
    expect(sql('show server_version')).toMatch(new RegExp(`^${major}`));
    const before = volumes();
    const done = await installation.run('upgrade');
    expectExit(0, done);
    expect(sql('show server_version')).toMatch(/^17/);
    const [, old] = /docker volume rm (\S+)/.exec(done.stdout) ?? [];
    expect(before).toContain(old);
    installation.docker('volume', 'rm', old!);
    expect(await changes()).toMatchObject({ changes: { count: 0 } });
    expect((await installation.run('upgrade')).stdout).toContain('Nothing to upgrade');
  },
);
