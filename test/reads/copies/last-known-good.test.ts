import fc from 'fast-check';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../environment/files/temporary-folder';
import { kafka, NOON, onlyRecord, openCopies, recordFiles, secret } from './fixture';

const revealed = (folder: Awaited<ReturnType<ReturnType<typeof openCopies>['copies']['recallAll']>>) =>
  Object.fromEntries(folder?.secrets.map(({ key, value }) => [key, value.reveal()]) ?? []);

describe('LastKnownGood', () => {
  it('gives back after a restart what was read, with the time of the reading', async () => {
    await using folder = await temporaryFolder();
    await openCopies(folder.path).copies.remember(kafka, [secret('KAFKA_PASSWORD', 'pa$$', 7)], {
      complete: false,
    });
    const { copies, problems } = openCopies(folder.path, { clock: () => NOON + 90_000 });
    const found = await copies.recall(kafka, 'KAFKA_PASSWORD');
    expect(found?.value.reveal()).toBe('pa$$');
    expect(found).toMatchObject({ version: 7, stale: { readAt: new Date(NOON), ageSeconds: 90 } });
    expect(String(found?.value)).toBe('[secret]');
    expect(problems).toEqual([]);
  });

  it('gives back any values and names as they were', async () => {
    await using folder = await temporaryFolder();
    let places = 0;
    const anything = fc.string({ unit: 'binary' });
    const secrets = fc.uniqueArray(fc.record({ key: anything, value: anything, version: fc.nat() }), {
      selector: ({ key }) => key,
    });
    await fc.assert(
      fc.asyncProperty(secrets, fc.boolean(), async (given, complete) => {
        const place = { ...kafka, path: `/property/${++places}` };
        const read = given.map(({ key, value, version }) => secret(key, value, version));
        await openCopies(folder.path).copies.remember(place, read, { complete });
        const found = await openCopies(folder.path).copies.recallAll(place);
        expect(found?.complete ?? false).toBe(complete);
        expect(
          found?.secrets.map(({ key, value, version }) => ({ key, value: value.reveal(), version })) ?? [],
        ).toEqual(given);
      }),
      { numRuns: 50 },
    );
  });

  it('writes no value, name of a key, folder, identity or host to any file or file name, all 0600 in 0700', async () => {
    await using folder = await temporaryFolder();
    const canary = 'canary-9d31c7';
    const place = {
      ...kafka,
      path: `/shared/${canary}`,
      identity: `${canary}-id`,
      host: `https://${canary}`,
    };
    await openCopies(folder.path).copies.remember(place, [secret(`KEY_${canary}`, `value ${canary}`)], {
      complete: true,
    });
    const entries = await readdir(folder.path, { recursive: true, withFileTypes: true });
    const files = entries
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => join(parentPath, name));
    expect(files).toHaveLength(2); // the record, and the key of the names
    const encoded = [
      canary,
      Buffer.from(canary).toString('hex'),
      Buffer.from(canary).toString('base64').slice(0, -2),
    ];
    for (const path of files) {
      const content = `${path}\n${await readFile(path, 'utf8')}`;
      for (const form of encoded) expect(content).not.toContain(form);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
    }
    for (const entry of entries.filter((found) => found.isDirectory()))
      expect((await stat(join(entry.parentPath, entry.name))).mode & 0o777).toBe(0o700);
  });

  it('adds keys that were read one by one, and says that the folder may hold more', async () => {
    await using folder = await temporaryFolder();
    const { copies } = openCopies(folder.path);
    await copies.remember(kafka, [secret('A', '1'), secret('B', '1')], { complete: false });
    await copies.remember(kafka, [secret('B', '2', 2)], { complete: false });
    const found = await copies.recallAll(kafka);
    expect(found?.complete).toBe(false);
    expect(revealed(found)).toEqual({ A: '1', B: '2' });
  });

  it('takes a listing for everything: keys that it lacks are gone, an empty folder is known to be empty', async () => {
    await using folder = await temporaryFolder();
    const { copies } = openCopies(folder.path);
    await copies.remember(kafka, [secret('OLD', '1'), secret('A', '1')], { complete: false });
    await copies.remember(kafka, [secret('A', '1')], { complete: true });
    expect(await copies.recallAll(kafka)).toMatchObject({ complete: true, secrets: [{ key: 'A' }] });
    expect(await copies.recall(kafka, 'OLD')).toBeUndefined();
    await copies.remember(kafka, [], { complete: true });
    expect(await copies.recallAll(kafka)).toEqual({ complete: true, secrets: [] });
  });

  it('writes equal content again only after a minute', async () => {
    await using folder = await temporaryFolder();
    let now = NOON;
    const { copies } = openCopies(folder.path, { clock: () => now });
    const inodeAfter = async (value: string, complete: boolean) => {
      await copies.remember(kafka, [secret('A', value)], { complete });
      return (await stat(onlyRecord(folder.path))).ino;
    };
    const first = await inodeAfter('1', true);
    now += 59_000;
    expect(await inodeAfter('1', true)).toBe(first);
    expect(await inodeAfter('1', false)).toBe(first);
    const changed = await inodeAfter('2', false);
    expect(changed).not.toBe(first);
    now += 61_000;
    expect(await inodeAfter('2', false)).not.toBe(changed);
    expect(await copies.recall(kafka, 'A')).toMatchObject({ stale: { ageSeconds: 0 } });
  });

  it('loses nothing of 50 that are remembered at once, also by two objects of one process', async () => {
    await using folder = await temporaryFolder();
    const both = [openCopies(folder.path), openCopies(folder.path)];
    const keys = Array.from({ length: 50 }, (_, index) => `KEY_${index}`);
    await Promise.all(
      keys.map((key, index) =>
        both[index % 2]!.copies.remember(kafka, [secret(key, key)], { complete: false }),
      ),
    );
    expect(revealed(await openCopies(folder.path).copies.recallAll(kafka))).toEqual(
      Object.fromEntries(keys.map((key) => [key, key])),
    );
    expect(both.flatMap(({ problems }) => problems)).toEqual([]);
    expect(await readdir(join(onlyRecord(folder.path), '..'))).toHaveLength(1);
  });

  it('forgets a key, a place, or everything of an identity, and nothing else', async () => {
    await using folder = await temporaryFolder();
    const { copies, problems } = openCopies(folder.path);
    const redis = { ...kafka, path: '/shared/valkey' };
    const other = { ...kafka, identity: 'another' };
    for (const place of [kafka, redis, other])
      await copies.remember(place, [secret('A', '1'), secret('B', '2')], { complete: true });
    await copies.forget(kafka, 'A');
    expect(await copies.recallAll(kafka)).toMatchObject({ complete: true, secrets: [{ key: 'B' }] });
    await copies.forget(kafka);
    expect(await copies.recallAll(kafka)).toBeUndefined();
    expect(await copies.recall(redis, 'A')).toBeDefined();
    await copies.forgetIdentity(redis);
    expect(await copies.recallAll(redis)).toBeUndefined();
    expect(await copies.recall(other, 'A')).toBeDefined();
    expect(recordFiles(folder.path)).toHaveLength(1);
    expect(problems).toEqual([]);
  });

  it('knows nothing, and makes nothing, where nothing was ever read', async () => {
    await using folder = await temporaryFolder();
    const directory = join(folder.path, 'copies');
    const { copies, problems } = openCopies(directory);
    expect(await copies.recall(kafka, 'A')).toBeUndefined();
    expect(await copies.recallAll(kafka)).toBeUndefined();
    await copies.forget(kafka);
    await copies.forget(kafka, 'A');
    await copies.forgetIdentity(kafka);
    expect(await readdir(folder.path)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('reports a directory that cannot be made, and goes on', async () => {
    await using folder = await temporaryFolder();
    await writeFile(join(folder.path, 'file'), '');
    const { copies, reasons } = openCopies(join(folder.path, 'file', 'copies'));
    await copies.remember(kafka, [secret('A', '1')], { complete: false });
    expect(await copies.recall(kafka, 'A')).toBeUndefined();
    expect(reasons()).toEqual(['not written', 'unreadable']);
  });

  it('reports a file that cannot be read', async () => {
    await using folder = await temporaryFolder();
    await openCopies(folder.path).copies.remember(kafka, [secret('A', '1')], { complete: false });
    const path = onlyRecord(folder.path);
    await rm(path);
    await mkdir(path);
    const { copies, reasons } = openCopies(folder.path);
    expect(await copies.recall(kafka, 'A')).toBeUndefined();
    expect(reasons()).toEqual(['unreadable']);
  });
});
