import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../contracts/core/secret';
import { readArchive, writeArchive, type Entry } from '../../environment/backup/archive';
import { checkBackup } from '../../environment/backup/check-backup';
import { expectExit, Installation } from '../support/installation';

jest.setTimeout(600_000);

const passphrase = { kind: 'passphrase', passphrase: new Secret('correct horse battery staple') } as const;
let installation: Installation;
let folder: string;

beforeAll(async () => {
  installation = await Installation.create();
  folder = join(installation.stateDir, 'backups');
  writeFileSync(join(installation.stateDir, 'passphrase'), passphrase.passphrase.reveal(), { mode: 0o600 });
  expectExit(0, await installation.run('up'));
  expectExit(0, await installation.run('backup', '--to', 'backups', '--passphrase-file', 'passphrase'));
});
afterAll(() => installation.remove());

const newest = () => join(folder, readdirSync(folder).sort().at(-1)!);
const report = () => JSON.parse(installation.file('last-drill.json')) as { ok: boolean; problem?: string };
/** Containers and volumes of scratch stacks, and their state. */
const left = () =>
  [
    ...installation.docker('ps', '-a', '--format', '{{.Names}}').split('\n'),
    ...installation.docker('volume', 'ls', '-q').split('\n'),
    ...readdirSync(join(installation.stateDir, installation.environment)),
  ].filter((name) => name.includes(`${installation.environment}-drill`) || name === 'drill');

/** The newest backup, sealed again with one change by somebody who knows the passphrase. */
async function plant(path: string, change: (entry: Entry) => Entry | undefined): Promise<void> {
  const entries: Entry[] = [];
  for await (const entry of readArchive(newest(), passphrase)) entries.push(change(entry) ?? entry);
  // oxlint-disable-next-line typescript/require-await
  const all = async function* () {
    yield* entries;
  };
  await writeArchive(path, 'planted', all(), passphrase);
}
const replaced = (name: RegExp, from: RegExp, to: string) => (entry: Entry) =>
  name.test(entry.name)
    ? { ...entry, content: Buffer.from(entry.content.toString('latin1').replace(from, to), 'latin1') }
    : undefined;

test('what was changed in a backup is found and named: a row, a key, the manifest, all of it', async () => {
  const path = join(installation.stateDir, 'planted.age');
  const cases: [RegExp, RegExp, string, RegExp][] = [
    [
      /\.sql$/,
      /(?<=COPY public\.secrets [^\n]*\n[0-9a-f]{6})./,
      'z',
      /not what its manifest says: postgres public\.secrets/,
    ],
    [/\.sql$/, /(?<=COPY public\.secrets [^\n]*\n)[^\n]*\n/, '', /postgres public\.secrets/],
    [/stack-secrets\/encryption_key$/, /^./, '~', /says: stack-secrets\/encryption_key/],
    [/manifest\.json$/, /"count": 35/, '"count": 34', /manifest of planted\.age was changed/],
    [/manifest\.json$/, /^/, 'x', /manifest that is no JSON/],
    [/digest-key$/, /^./, '~', /manifest of planted\.age was changed/],
  ];
  for (const [name, from, to, says] of cases) {
    await plant(path, replaced(name, from, to));
    await expect(checkBackup(path, passphrase)).rejects.toThrow(says);
  }
  rmSync(path);
});

test('the drill restores the newest backup aside, and leaves nothing; also after a kill in the middle', async () => {
  const first = installation.start('drill');
  await first.says('loading the database');
  first.child.kill('SIGKILL');
  await first.ended;
  const again = await installation.run('drill');
  expectExit(0, again);
  expect(again.stdout).toContain('can be restored');
  expect(report()).toMatchObject({ ok: true });
  expect(left()).toEqual([]);
  expect(JSON.parse((await installation.run('up', '--json')).stdout)).toMatchObject({
    changes: { count: 0 },
  });
});

test('the drill finds a forged file, and a key that was wrong when the backup was made', async () => {
  const good = readFileSync(newest());
  await plant(newest(), replaced(/manifest\.json$/, /"count": 35/, '"count": 34'));
  const forged = await installation.run('drill');
  expect(forged.code).not.toBe(0);
  expect(forged.stderr).toContain('was changed after the backup was made');
  expect(report()).toMatchObject({ ok: false });
  writeFileSync(newest(), good);

  const key = join(installation.stateDir, installation.environment, 'secrets', 'encryption_key');
  const kept = readFileSync(key, 'utf8');
  writeFileSync(key, '0123456789abcdef0123456789abcdef');
  expectExit(0, await installation.run('backup'));
  writeFileSync(key, kept);
  const failed = await installation.run('drill');
  expect(failed.code).not.toBe(0);
  expect(report().problem).toMatch(/infisical/);
  expect(failed.stderr + failed.stdout).not.toContain(kept);
  expect(left()).toEqual([]);
});
