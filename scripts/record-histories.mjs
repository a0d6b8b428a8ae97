// Plays every workflow to every kind of end, with fake activities, and records the ways that test/histories does not
// show yet. What is recorded stays: a run of that version may still be under way somewhere.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const { status } = spawnSync(process.execPath, [jest, 'test/replay/recorded.test.ts'], {
  cwd: root,
  env: { ...process.env, RECORD_HISTORIES: 'yes' },
  stdio: 'inherit',
});
process.exit(status ?? 1);
