// Makes a clean clone runnable: dependencies, compiled code, workflow bundle. Under 1 s when nothing is missing.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const sources = [
  ...[
    'contracts',
    'stack',
    'infisical',
    'reads',
    'environment',
    'activities',
    'workflows',
    'worker',
    'client',
  ],
  ...['dev-infisical', 'verification/conformance'],
];
const LONGEST_SETUP_MS = 10 * 60_000;
let isAlone = false;
const force = process.argv.includes('--force');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node.js 20.19 or later is needed; this is ${process.version}.`);
  process.exit(3);
}

await step(
  'dependencies',
  join(root, 'node_modules', '.onex-stamp'),
  ['package.json', 'package-lock.json'],
  installDependencies,
);
await step(
  'build',
  join(root, 'dist', '.onex-stamp'),
  [...sources, 'tsconfig.build.json', 'package-lock.json'],
  () => {
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    const bin = (name) => join(root, 'node_modules', '.bin', name);
    // types are for whoever changes the code: lint checks them
    const compiled = run(bin('tsc'), ['-p', 'tsconfig.build.json', '--noCheck']);
    return Promise.all([
      compiled.then(() => run(process.execPath, ['dist/worker/build-bundle.js'])),
      // beside the compiled rooms, not in them: the compiler has a server.js of its own
      run(bin('esbuild'), [
        'dev-infisical/main.ts',
        ...['--bundle', '--platform=node', '--target=node20', '--log-level=error', '--external:pg-native'],
        '--outfile=dist/dev-infisical-bundle.js',
      ]),
    ]);
  },
);

// `npm ci` takes exactly what the lock file says, by its hashes, and refuses one that does not fit package.json: as one that was
// written where some platform's optional packages were not to be had. What is there already is not taken away for it.
async function installDependencies() {
  // without scripts: what they would compile here (ssh2's ciphers, for an engine behind ssh) has a form that needs no compiler
  const how = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
  const isClean = !existsSync(join(root, 'node_modules'));
  const install = () => run('npm', ['install', '--no-save', ...how]);
  if (!isClean) return install();
  const refusal = await tryRun('npm', ['ci', ...how]);
  if (refusal === undefined) return;
  if (!/EUSAGE/.test(refusal)) return end(refusal, 'npm ci');
  process.stderr.write('(npm ci refuses the lock file; npm install in its place) ');
  return install();
}

async function step(name, stamp, inputs, work) {
  const digest = digestOf(inputs);
  const isDone = () =>
    existsSync(stamp) && (force ? name === 'dependencies' : readFileSync(stamp, 'utf8') === digest);
  if (isDone()) return;
  await alone();
  if (isDone()) return;
  const started = Date.now();
  process.stderr.write(`onex-bootstrap: setting up ${name} … `);
  await work();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, digest);
  process.stderr.write(`${((Date.now() - started) / 1000).toFixed(1)} s\n`);
}

/** Two commands at once after a `git pull` would build into each other's folder: the second waits, and finds it done. */
async function alone() {
  const lock = join(root, '.onex-setup.lock');
  for (const began = Date.now(); !isAlone; await sleep(200)) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      process.once('exit', () => rmSync(lock, { force: true }));
      isAlone = true;
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    const pid = holderOf(lock);
    if (pid !== '' && !isAlive(Number(pid))) rmSync(lock, { force: true });
    if (Date.now() - began > LONGEST_SETUP_MS)
      end(`Process ${pid || 'unknown'} has ${lock}. If it sets nothing up: rm ${lock}`, 'setup');
  }
}

function holderOf(lock) {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return ''; // it is done meanwhile
  }
}

function isAlive(pid) {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
}

async function run(command, args) {
  const said = await tryRun(command, args);
  if (said !== undefined) end(said, `${command} ${args.join(' ')}`);
}

function end(said, command) {
  process.stderr.write(`failed\n${said}\n${command} failed.\n`);
  process.exit(3);
}

/** What a command said that failed; undefined for one that did not. */
function tryRun(command, args) {
  return new Promise((resolve) =>
    execFile(command, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve(error === null ? undefined : `${stdout}${stderr}`),
    ),
  );
}

function digestOf(inputs) {
  const hash = createHash('sha256').update(process.versions.node);
  for (const path of inputs.flatMap((name) => filesBelow(join(root, name)))) {
    hash.update(relative(root, path)).update(readFileSync(path));
  }
  return hash.digest('hex');
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (statSync(path).isFile()) return [path];
  return readdirSync(path, { recursive: true })
    .map((name) => join(path, name))
    .filter((name) => name.endsWith('.ts') && statSync(name).isFile())
    .sort();
}
