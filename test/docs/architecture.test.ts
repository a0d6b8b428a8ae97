import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

describe('the picture of the architecture', () => {
  it('is drawn from today’s imports, and none of them goes up', () => {
    const script = join(root, 'scripts', 'draw-architecture.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script, '--check']);
    expect({ status, said: stderr.toString() }).toEqual({ status: 0, said: '' });
  });
});

describe('the page on the architecture', () => {
  const text = readFileSync(join(root, 'docs', 'architecture.md'), 'utf8');

  it('names files and folders that are there', () => {
    const paths = [...text.matchAll(/`([\w-]+\/[\w./-]*?(?:\.\w+|\/))`/g)].map(([, path]) => path ?? '');
    expect(paths.length).toBeGreaterThan(50);
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
});
