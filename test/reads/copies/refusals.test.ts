import fc from 'fast-check';
import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { lastKnownGoodKey } from '../../../reads/copies/record-seal';
import { Secret } from '../../../contracts/core/secret';
import { temporaryFolder } from '../../environment/files/temporary-folder';
import { json, kafka, NOON, onlyRecord, openCopies, recordFiles, secret } from './fixture';

const HOUR = 3_600_000;

describe('LastKnownGood, where a copy must not be served', () => {
  async function kept() {
    const folder = await temporaryFolder();
    const { copies } = openCopies(folder.path);
    await copies.remember(kafka, [secret('A', 'canary-value')], { complete: true });
    const path = onlyRecord(folder.path);
    const refusedFor = async (options: Parameters<typeof openCopies>[1] = {}) => {
      const opened = openCopies(folder.path, options);
      expect(await opened.copies.recall(kafka, 'A')).toBeUndefined();
      expect(await opened.copies.recallAll(kafka)).toBeUndefined();
      for (const { message } of opened.problems) {
        expect(message).toContain(
          'The last known good copy of dev:/shared/kafka of https://secrets.example.com is not used: ',
        );
        expect(message).not.toContain('canary');
      }
      return [...new Set(opened.reasons())];
    };
    return { directory: folder.path, path, refusedFor, [Symbol.asyncDispose]: folder[Symbol.asyncDispose] };
  }
  /** The next good read replaces a copy that was refused. */
  async function heals(directory: string) {
    const { copies, problems } = openCopies(directory);
    await copies.remember(kafka, [secret('A', 'new', 2)], { complete: false });
    expect((await copies.recall(kafka, 'A'))?.value.reveal()).toBe('new');
    expect(problems).toEqual([]);
  }

  it('refuses one that is older than allowed', async () => {
    await using copy = await kept();
    expect(await copy.refusedFor({ clock: () => NOON + HOUR + 1 })).toEqual(['too old']);
    const { copies } = openCopies(copy.directory, { clock: () => NOON + HOUR });
    expect(await copies.recall(kafka, 'A')).toMatchObject({ stale: { ageSeconds: 3600 } });
  });

  it('refuses one from the future, since then its age is unknown; a small correction of the clock is none', async () => {
    await using copy = await kept();
    expect(await copy.refusedFor({ clock: () => NOON - 31_000 })).toEqual(['clock set back']);
    const { copies } = openCopies(copy.directory, { clock: () => NOON - 29_000 });
    expect(await copies.recall(kafka, 'A')).toMatchObject({ stale: { ageSeconds: 0 } });
    await heals(copy.directory);
  });

  it('ages every key by itself, and drops the old ones with the next write', async () => {
    await using copy = await kept();
    const later = NOON + HOUR + 60_000;
    const { copies, reasons } = openCopies(copy.directory, { clock: () => later - 120_000 });
    await copies.remember(kafka, [secret('B', '2')], { complete: false });
    expect(await copies.recallAll(kafka)).toMatchObject({ complete: true });
    const after = openCopies(copy.directory, { clock: () => later });
    expect(await after.copies.recall(kafka, 'B')).toMatchObject({ stale: { ageSeconds: 120 } });
    expect(await after.copies.recallAll(kafka)).toMatchObject({ complete: false, secrets: [{ key: 'B' }] });
    expect(after.reasons()).toEqual(['too old']);
    await after.copies.remember(kafka, [secret('C', '3')], { complete: false });
    const { copies: patient } = openCopies(copy.directory, { clock: () => later, maxAgeSeconds: 1e6 });
    expect((await patient.recallAll(kafka))?.secrets.map(({ key }) => key)).toEqual(['B', 'C']);
    expect(reasons()).toEqual([]);
  });

  it('refuses one of another key, as after a rotation of the client secret, and replaces it', async () => {
    await using copy = await kept();
    const rotated = lastKnownGoodKey(undefined, new Secret('the next client secret'));
    expect(await copy.refusedFor({ key: rotated })).toEqual(['wrong key']);
    const { copies, problems } = openCopies(copy.directory, { key: rotated });
    await copies.remember(kafka, [secret('B', 'new')], { complete: false });
    expect(await copies.recallAll(kafka)).toMatchObject({ complete: false, secrets: [{ key: 'B' }] });
    expect(problems).toEqual([]);
    expect(recordFiles(copy.directory)).toEqual([copy.path]);
  });

  it('forgets one of another key although it cannot open it', async () => {
    await using copy = await kept();
    const { copies } = openCopies(copy.directory, {
      key: lastKnownGoodKey(new Secret('sixteen characters'), new Secret('')),
    });
    await copies.forget(kafka, 'A');
    expect(recordFiles(copy.directory)).toEqual([]);
  });

  it.each([
    ['host', 'https://evil.example.com'],
    ['projectId', 'another'],
    ['environment', 'prod'],
    ['path', '/shared/valkey'],
    ['identity', 'another'],
  ])('refuses one that was moved here from another %s', async (field, value) => {
    await using copy = await kept();
    const { copies, reasons } = openCopies(copy.directory);
    const place = { ...kafka, [field]: value };
    await copies.remember(place, [secret('A', 'own')], { complete: true });
    const target = recordFiles(copy.directory).find((path) => path !== copy.path);
    await copyFile(copy.path, target ?? '');
    expect(await copies.recall(place, 'A')).toBeUndefined();
    expect(reasons()).toEqual(['corrupt']);
  });

  it('refuses one of another format', async () => {
    await using copy = await kept();
    await writeFile(copy.path, JSON.stringify({ ...json(copy.path), version: 2 }));
    expect(await copy.refusedFor()).toEqual(['unreadable']);
    await heals(copy.directory);
  });

  it.each([4, 12, 16, 1_000])(
    'refuses one whose end, the authentication tag, was cut by %i bytes',
    async (bytes) => {
      await using copy = await kept();
      const file = json(copy.path);
      const whole = Buffer.from(file['sealed'] ?? '', 'base64');
      const sealed = whole.subarray(0, Math.max(0, whole.length - bytes)).toString('base64');
      await writeFile(copy.path, JSON.stringify({ ...file, sealed }));
      expect(await copy.refusedFor()).toEqual(['corrupt']);
    },
  );

  it.each([
    ['an empty file', ''],
    ['another JSON', '[]'],
    ['text', 'canary-text'],
    ['null bytes', '\0\0\0'],
  ])('refuses %s', async (_, content) => {
    await using copy = await kept();
    await writeFile(copy.path, content);
    expect(await copy.refusedFor()).toEqual(['corrupt']);
    await heals(copy.directory);
  });

  it('refuses one that was cut off or changed anywhere', async () => {
    await using copy = await kept();
    const whole = await readFile(copy.path);
    const { sealed = '' } = json(copy.path);
    const start = whole.indexOf(sealed);
    // the last characters of base64 hold bits that mean nothing: change only those that do
    const positions = Array.from({ length: sealed.length - 4 }, (_, index) => start + index);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...positions), fc.nat(whole.length - 1), async (at, length) => {
        const changed = Buffer.from(whole);
        changed[at] = whole[at] === 65 ? 66 : 65;
        await writeFile(copy.path, changed);
        expect(await copy.refusedFor()).toEqual(['corrupt']);
        await writeFile(copy.path, whole);
        await truncate(copy.path, length);
        expect(await copy.refusedFor()).toEqual(['corrupt']);
      }),
      { numRuns: 40 },
    );
    await writeFile(copy.path, whole);
    expect((await openCopies(copy.directory).copies.recall(kafka, 'A'))?.value.reveal()).toBe('canary-value');
  });
});
