import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { programOf, removeStalePidfile } from '../../../stack/engine/dockerd';

describe('removeStalePidfile', () => {
  const dir = mkdtempSync(join(tmpdir(), 'onex-pid-'));
  const path = join(dir, 'docker.pid');
  afterAll(() => rmSync(dir, { recursive: true }));

  it('keeps the file of a living engine', async () => {
    writeFileSync(path, String(process.pid));
    await removeStalePidfile(path, (await programOf(process.pid))!);
    expect(existsSync(path)).toBe(true);
  });

  it.each([
    ['a dead one', '99999999'],
    ['a process that has merely got its number', String(process.pid)],
    ['nothing', ''],
  ])('removes the file of %s', async (_, content) => {
    writeFileSync(path, content);
    await removeStalePidfile(path, 'dockerd');
    expect(existsSync(path)).toBe(false);
    await removeStalePidfile(path, 'dockerd');
  });
});
