// test.mjs unit|usual|all [JEST ARGUMENT …]: the gates and lanes of that name; closes with one line that counts all of it.
// With arguments (npm test -- test/contracts) only the tests that they choose run, whatever their lane.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bin = (name) => join(root, 'node_modules', '.bin', name);
const GATES = [
  ['types', bin('tsc'), ['--noEmit']],
  ['format', bin('oxfmt'), ['--check']],
  ['lint', bin('oxlint'), ['--type-aware']],
];
const PARTS = {
  unit: ['unit'],
  usual: ['gates', 'unit', 'integration'],
  all: ['gates', 'unit', 'integration', 'long'],
};
const LIMIT_MS = 40 * 60_000; // twice what the slowest part needs on two cores

const [name, ...selection] = process.argv.slice(2);
// CI runs one after the other: what the first has done, the next one counts and does not do again.
const tallyFile = process.env.ONEX_TEST_TALLY;
const tally = { done: [], passed: 0, failed: 0, skipped: 0, ...read(tallyFile) };
const parts = selection.length > 0 ? [] : PARTS[name].filter((part) => !tally.done.includes(part));
const lanes = parts.filter((part) => part !== 'gates');

await Promise.all([
  parts.includes('gates') && runGates(),
  (lanes.length > 0 || selection.length > 0) && runTests(),
]);
if (tallyFile) writeFileSync(tallyFile, JSON.stringify({ ...tally, done: [...tally.done, ...parts] }));
const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
const soFar = tallyFile && name !== 'all' ? 'so far: ' : '';
console.log(`${soFar}${tally.passed} passed, ${tally.failed} failed${skipped}`);
process.exit(tally.failed === 0 ? 0 : 1);

async function runGates() {
  for (const [gate, command, args] of GATES) {
    const { status, output, seconds } = await run(command, args, 'pipe');
    console.log(
      `${status === 0 ? 'ok  ' : 'FAIL'} ${gate} (${seconds} s)${status === 0 ? '' : `\n${output}`}`,
    );
    tally[status === 0 ? 'passed' : 'failed']++;
  }
}

async function runTests() {
  const folder = mkdtempSync(join(tmpdir(), 'onex-test-'));
  const results = join(folder, 'jest.json');
  // whole runs, and a Temporal server that is compiled: a third of them at once leaves too little for each on two cores
  const fewer = lanes.includes('long') ? ['--maxWorkers=2'] : [];
  const chosen = selection.length > 0 ? selection : ['--selectProjects', ...lanes, ...fewer];
  // a failed test may leave something open: the results are written by then, and CI must hear of them
  const args = ['--forceExit', '--json', `--outputFile=${results}`, ...chosen];
  const { status, seconds } = await run(bin('jest'), args, ['ignore', 'ignore', 'inherit']);
  const counts = read(results);
  rmSync(folder, { recursive: true });
  if (counts.numPassedTests === undefined) console.error(`jest left no results (${status}, ${seconds} s)`);
  tally.passed += counts.numPassedTests ?? 0;
  tally.skipped += counts.numPendingTests ?? 0;
  const failed = (counts.numFailedTests ?? 0) + (counts.numRuntimeErrorTestSuites ?? 0);
  tally.failed += failed === 0 && status !== 0 ? 1 : failed;
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${lanes.join(', ') || 'tests'} (${seconds} s)`);
}

function run(command, args, stdio) {
  const started = Date.now();
  const child = spawn(command, args, { cwd: root, stdio, timeout: LIMIT_MS, killSignal: 'SIGKILL' });
  let output = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (output += chunk));
  return new Promise((resolve) =>
    child
      .on('error', (error) => resolve({ status: 1, output: String(error), seconds: 0 }))
      .on('close', (code, signal) =>
        resolve({ status: code ?? signal, output, seconds: ((Date.now() - started) / 1000).toFixed(1) }),
      ),
  );
}

function read(file) {
  const text = file && existsSync(file) ? readFileSync(file, 'utf8') : '';
  return text === '' ? {} : JSON.parse(text);
}
