import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { givenValues, writeCanaries } from '../../../verification/harness/canaries';
import { findLeaks } from '../../../verification/harness/leaks';
import { storedValues } from '../../../verification/harness/product';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eSI6IjEifQ.signature';

describe('findLeaks', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'onex-leaks-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('finds given and stored values and any token, and tells their names and the place', () => {
    const state = join(folder, 'one');
    mkdirSync(join(state, 'secrets'), { recursive: true });
    writeFileSync(join(state, 'admin.json'), '{"email": "a@b.c", "password": "hush-hush"}');
    writeFileSync(join(state, 'secrets', 'auth_secret'), 'generated\n');
    const stored = storedValues({ environment: 'one', state: folder, nodes: folder });
    const values = [{ name: 'KEY', value: 'canary-1' }, { name: 'PORT', value: '8080' }, ...stored];
    const texts = {
      one: 'of canary-1 and hush-hush and generated',
      two: `Bearer ${TOKEN}`,
      three: 'a@b.c 8080',
    };
    expect(findLeaks(values, texts)).toEqual([
      'KEY in one',
      'auth_secret in one',
      'password in one',
      'a token in two',
    ]);
  });

  it('knows the values of env files that it has filled with canaries', () => {
    const source = join(folder, 'source.env');
    writeFileSync(source, 'A=1\nB=two words # and a note\n');
    const copy = writeCanaries(source, join(folder, 'copy.env'));
    const values = givenValues([copy, `billing=${copy}`]);
    expect(values.map(({ name }) => name)).toEqual(['A', 'B', 'A', 'B']);
    for (const { value } of values) expect(value).toMatch(/^canary-[0-9a-f]{16}$/);
  });
});
