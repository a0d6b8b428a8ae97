import { readdirSync, readFileSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../../contracts/core/secret';
import { readArchive, writeArchive, type Entry } from '../../../environment/backup/archive';
import type { Opening, Sealing } from '../../../environment/backup/seal';

jest.setTimeout(60_000);

let dir: string;
beforeEach(() => (dir = mkdtempSync(join(tmpdir(), 'onex-archive-'))));
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const ENTRIES: Entry[] = [
  { name: 'state/digest-key', content: Buffer.from('a key') },
  { name: 'databases/postgres/000000.sql', content: Buffer.alloc(300_000, 'row \u0000 of bytes\n') },
  { name: 'empty', content: Buffer.alloc(0) },
];
// oxlint-disable-next-line typescript/require-await
async function* entries(given: Entry[] = ENTRIES) {
  yield* given;
}

async function forRecipients(): Promise<{ sealing: Sealing; opening: Opening }> {
  const { generateIdentity, identityToRecipient } = await import('age-encryption');
  const identity = await generateIdentity();
  return {
    sealing: { kind: 'recipients', recipients: [await identityToRecipient(identity)] },
    opening: { kind: 'identity', identities: new Secret(`# a comment\n${identity}\n`) },
  };
}
const passphrase = (text: string) => ({ kind: 'passphrase', passphrase: new Secret(text) }) as const;

async function read(path: string, opening: Opening): Promise<Entry[]> {
  const found: Entry[] = [];
  for await (const entry of readArchive(path, opening)) found.push(entry);
  return found;
}

test.each([
  ['recipients', forRecipients],
  [
    'a passphrase',
    () => Promise.resolve({ sealing: passphrase('correct horse'), opening: passphrase('correct horse') }),
  ],
])('what is written for %s is read again, and nothing of it is on the disk in clear', async (_kind, make) => {
  const { sealing, opening } = await make();
  const path = join(dir, 'a.age');
  const { bytes } = await writeArchive(path, 'a', entries(), sealing);
  expect(statSync(path)).toMatchObject({ size: bytes });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(readdirSync(dir)).toEqual(['a.age']);
  expect(readFileSync(path).includes('row')).toBe(false);
  expect(await read(path, opening)).toEqual(ENTRIES);
});

test('the file of a passphrase opens with age itself', async () => {
  const path = join(dir, 'a.age');
  await writeArchive(path, 'a', entries(), passphrase('correct horse'));
  const { Decrypter, Encrypter } = await import('age-encryption');
  const decrypter = new Decrypter();
  decrypter.addPassphrase('correct horse');
  expect([...(await decrypter.decrypt(readFileSync(path))).subarray(0, 2)]).toEqual([0x1f, 0x8b]); // gzip
  const encrypter = new Encrypter();
  encrypter.setPassphrase('correct horse');
  encrypter.setScryptWorkFactor(10);
  writeFileSync(path, await encrypter.encrypt('no archive'));
  await expect(read(path, passphrase('correct horse'))).rejects.toThrow('a.age is cut off or was changed');
});

test('a file that is cut off anywhere, changed anywhere, foreign or missing is refused by name', async () => {
  const { sealing, opening } = await forRecipients();
  const path = join(dir, 'a.age');
  const big = [
    ...ENTRIES,
    { name: 'last', content: Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 251)) },
  ];
  await writeArchive(path, 'a', entries(big), sealing);
  const whole = readFileSync(path);
  for (const at of [0, 10, 100, 250, whole.length >> 1, whole.length - 1]) {
    writeFileSync(path, whole.subarray(0, at));
    await expect(read(path, opening)).rejects.toThrow(/^a\.age (is no backup|is cut off or was changed)/);
    const changed = Buffer.from(whole);
    changed[at]! ^= 1;
    writeFileSync(path, changed);
    await expect(read(path, opening)).rejects.toThrow(/^a\.age /);
  }
  writeFileSync(path, Buffer.concat([whole, Buffer.from('more')]));
  await expect(read(path, opening)).rejects.toThrow(/^a\.age /);
  writeFileSync(path, 'hello world, this is no backup at all');
  await expect(read(path, opening)).rejects.toThrow('a.age is no backup');
  writeFileSync(path, whole);
  await expect(read(path, (await forRecipients()).opening)).rejects.toThrow(
    'does not open with the identity file',
  );
  await expect(read(path, passphrase('x'))).rejects.toThrow('does not open with the passphrase');
  await expect(read(join(dir, 'b.age'), opening)).rejects.toThrow('b.age is not there');
  await expect(
    read(path, { kind: 'identity', identities: new Secret('AGE-SECRET-KEY-1NO') }),
  ).rejects.toThrow('no age identity');
});

test('what fails on the way leaves no file, and what a killed writer left of the series goes', async () => {
  const { sealing } = await forRecipients();
  writeFileSync(join(dir, `.a.${2 ** 22 + 1}-0123456789ab.tmp`), 'half');
  writeFileSync(join(dir, `.other.${2 ** 22 + 1}-0123456789ab.tmp`), 'half');
  const failing = async function* () {
    yield* entries();
    await Promise.reject(new Error('the database went away'));
  };
  await expect(writeArchive(join(dir, 'a.age'), 'a', failing(), sealing)).rejects.toThrow('went away');
  expect(readdirSync(dir)).toEqual([`.other.${2 ** 22 + 1}-0123456789ab.tmp`]);
  await expect(
    writeArchive(join(dir, 'a.age'), 'a', entries(), { kind: 'recipients', recipients: ['age1no'] }),
  ).rejects.toThrow('age1no is no age recipient');
  expect(readdirSync(dir)).toHaveLength(1);
});
