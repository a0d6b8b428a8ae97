import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureStackSecrets } from '../../../stack/engine/ensure-stack-secrets';
import { digestStackSecrets, readStackSecret } from '../../../stack/engine/stack-secrets';
import { Secret } from '../../../contracts/core/secret';
import { parseStack } from '../../../stack/compose/parse-stack';

describe('ensureStackSecrets', () => {
  const dir = mkdtempSync(join(tmpdir(), 'onex-secrets-'));
  const folder = join(dir, 'dev', 'secrets');
  afterAll(() => rmSync(dir, { recursive: true }));
  const stack = parseStack(
    `
name: onex
services:
  s:
    image: x
    secrets: [conf, password]
    ports: ['127.0.0.1:1:1']
    x-onex: { ready: { protocol: valkey, port: 1, password: password } }
secrets:
  conf: { file: dev/secrets/conf, x-onex: { render: 'url=redis://:{{password|uri}}@h {{key}}', mode: '0444' } }
  key: { file: dev/secrets/key, x-onex: { generate: hex-16, from: KEY } }
  password: { file: dev/secrets/password, x-onex: { generate: hex-32, from: PASSWORD } }
  other: { file: dev/secrets/other, x-onex: { generate: base64-32, from: OTHER } }
`,
    { file: join(dir, 'compose.yml'), lookup: () => undefined },
  );
  const run = (given: Record<string, string> = {}, isUsed?: (name: string) => Promise<boolean>) =>
    ensureStackSecrets(stack, {
      ...(isUsed && { isUsed }),
      variables: new Map(Object.entries(given).map(([k, v]) => [k, new Secret(v)])),
    });
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  const mode = (path: string) => statSync(path).mode & 0o777;

  it('makes what is absent, in a folder of its own', async () => {
    expect(await run({ PASSWORD: "p@ss'word" })).toEqual([
      { name: 'key', action: 'generated' },
      { name: 'password', action: 'taken' },
      { name: 'other', action: 'generated' },
      { name: 'conf', action: 'rendered' },
    ]);
    expect(read('key')).toMatch(/^[0-9a-f]{32}$/);
    expect(Buffer.from(read('other'), 'base64')).toHaveLength(32);
    expect(read('conf')).toBe(`url=redis://:p%40ss%27word@h ${read('key')}`);
    expect([folder, ...['key', 'password', 'conf'].map((name) => join(folder, name))].map(mode)).toEqual([
      0o700, 0o600, 0o600, 0o444,
    ]);
  });

  it('keeps what is there', async () => {
    const before = [read('key'), statSync(join(folder, 'conf')).ino];
    chmodSync(join(folder, 'key'), 0o644);
    expect((await run()).map(({ action }) => action)).toEqual(['kept', 'kept', 'kept', 'kept']);
    expect([read('key'), statSync(join(folder, 'conf')).ino]).toEqual(before);
    expect(mode(join(folder, 'key'))).toBe(0o600);
  });

  it('refuses a given value that differs, and shows neither', async () => {
    const failure = run({ PASSWORD: 'a new one' });
    await expect(failure).rejects.toMatchObject({ type: 'Refused' });
    await expect(failure).rejects.toThrow(
      /^PASSWORD differs from secret password, .* Unset PASSWORD to keep/,
    );
    await expect(failure).rejects.not.toThrow(/a new one|p@ss/);
  });

  const KEY = '00112233445566778899AABBCCDDEEFF';
  it.each([
    ['KEY', 'short', 'is not 32 hexadecimal digits: leave it unset, or make one with openssl rand -hex 16'],
    ['KEY', Buffer.from(KEY, 'hex').toString('base64'), 'is not 32 hexadecimal digits'],
    ['KEY', `${KEY} `, 'begins or ends with a blank'],
    ['KEY', `${KEY}\n`, 'holds a line break'],
    ['OTHER', 'dG9vIHNob3J0', 'is not 32 bytes or more in base64'],
    ['OTHER', 'not base64, but long enough for 32 bytes', 'is not 32 bytes or more in base64'],
    ['PASSWORD', ' pass-w0rd', 'begins or ends with a blank'],
  ])('refuses %s as %j before it is kept: it %s', async (name, value, problem) => {
    const before = read(name.toLowerCase());
    const failure = run({ [name]: value }, () => Promise.resolve(false));
    await expect(failure).rejects.toMatchObject({ type: 'BadInput' });
    await expect(failure).rejects.toThrow(
      `${name} cannot become secret ${name.toLowerCase()}, because it ${problem}`,
    );
    await expect(failure).rejects.not.toThrow(value.trim());
    expect(read(name.toLowerCase())).toBe(before);
  });

  it('takes a given key in place of one that nothing was made with', async () => {
    const asked: string[] = [];
    const unused = (name: string) => {
      asked.push(name);
      return Promise.resolve(false);
    };
    expect(await run({ KEY }, unused)).toContainEqual({ name: 'key', action: 'taken' });
    expect([read('key'), asked]).toEqual([KEY, ['key']]);
    expect(read('conf')).toContain(KEY);
    await expect(run({ KEY: KEY.toLowerCase() })).rejects.toMatchObject({ type: 'Refused' });
  });

  it('renders anew when a part has changed', async () => {
    const key = new Secret('of digests');
    const before = await digestStackSecrets(stack, ['conf'], key);
    writeFileSync(join(folder, 'password'), 'changed\n');
    expect(await run({ PASSWORD: 'changed' })).toContainEqual({ name: 'conf', action: 'rendered' });
    expect(read('conf')).toContain('redis://:changed@h');
    expect((await readStackSecret(stack, 'password')).reveal()).toBe('changed');
    expect(await digestStackSecrets(stack, ['conf'], key)).not.toEqual(before);
  });

  it('refuses a blank file and a value of several lines', async () => {
    writeFileSync(join(folder, 'key'), '\n');
    await expect(run()).rejects.toThrow(/key is blank in .* restore the file/);
    rmSync(join(folder, 'key'));
    rmSync(join(folder, 'password'));
    await expect(run({ PASSWORD: 'two\nlines' })).rejects.toMatchObject({ type: 'BadInput' });
  });

  it('needs the file of a secret that it cannot make', async () => {
    const own = parseStack(
      `name: onex\nservices: { s: { image: x } }\nsecrets: { licence: { file: ./licence } }`,
      {
        file: join(dir, 'compose.yml'),
        lookup: () => undefined,
      },
    );
    await expect(ensureStackSecrets(own, { variables: new Map() })).rejects.toThrow(
      `write its value to ${dir}/licence`,
    );
  });
});
