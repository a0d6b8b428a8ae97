import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Secret } from '../../contracts/core/secret';
import { checkBackup } from '../../environment/backup/check-backup';
import { expectExit, Installation } from '../support/installation';

jest.setTimeout(600_000);

// One machine is lost and another one restores it: the tests follow each other.
let lost: Installation;
let found: Installation;
const passphrase = new Secret('correct horse battery staple');

beforeAll(async () => {
  lost = await Installation.create();
  found = await Installation.create({ ...lost.variables, ONEX_ENVIRONMENT: lost.environment });
  for (const { stateDir } of [lost, found])
    writeFileSync(join(stateDir, 'passphrase'), `${passphrase.reveal()}\n`, { mode: 0o600 });
  expectExit(0, await lost.run('up'));
});
afterAll(async () => {
  await lost.remove();
  await found.remove();
});

const folderOf = ({ stateDir }: Installation) => join(stateDir, 'backups');
const filesOf = (installation: Installation) =>
  readdirSync(folderOf(installation))
    .sort()
    .map((name) => join(folderOf(installation), name));
const check = async (path: string) => (await checkBackup(path, { kind: 'passphrase', passphrase })).manifest;

test('a backup is one whole encrypted file; as many as shall be kept are', async () => {
  const none = await lost.run('backup');
  expect(none.code).not.toBe(0);
  expect(none.stderr).toContain('Say where backups go: --to DIR');
  const open = await lost.run('backup', '--to', 'backups');
  expect(open.stderr).toContain('--recipient age1');
  const first = await lost.run('backup', '--to', 'backups', '--passphrase-file', 'passphrase', '--keep', '2');
  expectExit(0, first);
  writeFileSync(join(folderOf(lost), 'notes.txt'), 'of somebody else');
  for (let more = 0; more < 2; more++) expectExit(0, await lost.run('backup'));
  rmSync(join(folderOf(lost), 'notes.txt'));
  const files = filesOf(lost);
  expect(files).toHaveLength(2);
  expect(first.stdout).not.toContain(files[1]);
  const manifest = await check(files[1]!);
  expect(manifest).toMatchObject({ environment: lost.environment, secrets: { count: 35 } });
  expect(manifest.databases['postgres']?.tables['public.secrets']?.count).toBe(35);
  const bytes = readFileSync(files[1]!);
  for (const name of ['postgres_password', 'encryption_key'])
    expect(bytes.includes(lost.file(`secrets/${name}`).trim())).toBe(false);
});

test('a machine is lost: its backup, restored where nothing is, is the same installation', async () => {
  const newest = filesOf(lost).at(-1)!;
  const before = await check(newest);
  const opened = ['--passphrase-file', 'passphrase'];
  expect((await lost.run('restore', newest, ...opened)).stderr).toContain('is not empty');
  // what it was made of is there no more
  expectExit(0, await lost.run('down', '--volumes'));
  const foreign = join(found.stateDir, 'foreign.age');
  writeFileSync(foreign, readFileSync(newest).subarray(0, -1));
  expect((await found.run('restore', foreign, ...opened)).stderr).toContain(
    'foreign.age is cut off or was changed',
  );
  writeFileSync(foreign, 'hello');
  expect((await found.run('restore', foreign, ...opened)).stderr).toContain('foreign.age is no backup');
  expect(readdirSync(found.stateDir)).not.toContain(found.environment);

  const restored = await found.run('restore', newest, ...opened);
  expectExit(0, restored);
  expect((await found.run('restore', newest, ...opened)).stderr).toContain('is not empty');
  // killed after the databases were loaded and before all was up: the same command goes on
  const mark = join(found.stateDir, found.environment, 'restoring.json');
  const digest = createHash('sha256').update(readFileSync(newest)).digest('hex');
  const loaded = { version: 1, path: newest, digest, isLoaded: true };
  writeFileSync(mark, JSON.stringify(loaded), { mode: 0o600 });
  expectExit(0, await found.run('restore', newest, ...opened));
  expect(existsSync(mark)).toBe(false);
  const again = await found.run('up', '--json');
  expectExit(0, again);
  expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'complete', changes: { count: 0 } });
  expectExit(0, await found.run('backup', '--to', 'backups', ...opened));
  const after = await check(filesOf(found).at(-1)!);
  expect(after.secrets).toEqual(before.secrets);
  expect(after.keys).toEqual(before.keys);
  for (const table of ['public.secrets', 'public.identities', 'public.client_secrets'])
    expect(after.databases['postgres']?.tables[table]?.count).toBe(
      before.databases['postgres']?.tables[table]?.count,
    );
  // a schedule starts it by itself
  expect((await found.run('backup', '--every', '24h')).stdout).toContain(
    `backup/${found.environment}: created`,
  );
  expect((await found.run('backup', '--remove')).stdout).toContain('removed');
});
