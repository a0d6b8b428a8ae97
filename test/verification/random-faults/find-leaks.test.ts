import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findLeaks, valuesOf } from '../../../verification/random-faults/observe/find-leaks';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJpZGVudGl0eSI6IjEifQ.signature';

describe('findLeaks', () => {
  it('finds given and stored values and any token, and names only the place', () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'onex-leaks-'));
    writeFileSync(join(stateDir, 'admin.json'), '{"email": "a@b.c", "password": "hush-hush"}');
    const values = valuesOf(stateDir, ['canary-1', 'short']);
    rmSync(stateDir, { recursive: true });
    const texts = { one: 'of canary-1 and hush-hush', two: `Bearer ${TOKEN}`, three: 'a@b.c short' };
    expect(findLeaks(values, texts)).toEqual(['2 values in one', 'a token in two']);
  });
});
