// npm test: format, lint, types, then every test; closes with one line that counts all of it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const gates = [
  ['format', 'npx', ['--no-install', 'prettier', '--check', '--log-level', 'warn', '.']],
  ['lint', 'npx', ['--no-install', 'eslint', '.', '--max-warnings', '0']],
  ['types', 'npx', ['--no-install', 'tsc', '--noEmit', '-p', 'tsconfig.test.json']],
];
const LIMIT_MS = 75 * 60_000; // several times what they need on two cores
const selection = process.argv.slice(2);

let passed = 0;
let failed = 0;
if (selection.length === 0) {
  for (const [name, command, args] of gates) {
    const started = Date.now();
    const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    console.log(
      `${status === 0 ? 'ok  ' : 'FAIL'} ${name} (${((Date.now() - started) / 1000).toFixed(1)} s)`,
    );
    if (status === 0) passed++;
    else failed++;
  }
}

const results = join(mkdtempSync(join(tmpdir(), 'onex-test-')), 'jest.json');
const jest = spawnSync(
  process.execPath,
  // a failed test may leave something open: the results are written by then, and CI must hear of them
  [
    join(root, 'node_modules/jest/bin/jest.js'),
    '--forceExit',
    '--json',
    `--outputFile=${results}`,
    ...selection,
  ],
  { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], timeout: LIMIT_MS, killSignal: 'SIGKILL' },
);
let counts = { numPassedTests: 0, numFailedTests: 0, numRuntimeErrorTestSuites: 1, numPendingTests: 0 };
try {
  counts = JSON.parse(readFileSync(results, 'utf8'));
} catch {
  console.error(
    jest.error?.code === 'ETIMEDOUT' ? `no end within ${LIMIT_MS / 60_000} minutes` : 'jest left no results',
  );
}
passed += counts.numPassedTests;
failed += counts.numFailedTests + counts.numRuntimeErrorTestSuites;
if (failed === 0 && jest.status !== 0) failed = 1;
const skipped = counts.numPendingTests > 0 ? `, ${counts.numPendingTests} skipped` : '';
console.log(`${passed} passed, ${failed} failed${skipped}`);
process.exit(failed === 0 ? 0 : 1);
