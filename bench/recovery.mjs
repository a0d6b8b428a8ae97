// A worker is killed in the middle of a step and another one started at once: until the step runs again, and until the
// run has ended. The product on one machine, the product where the killed process cannot be seen, the SDK's defaults.
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDevServer, stopDevServer } from '../dist/client/temporal/dev-server.js';
import { temporalCli } from '../dist/client/temporal/temporal-cli.js';
import { devInfisical } from './support/dev-infisical.mjs';
import { holdingProxy } from './support/holding-proxy.mjs';
import { median, print, say } from './support/print.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const flags = { runs: { type: 'string', default: '5' }, json: { type: 'boolean' } };
const runs = Number(parseArgs({ options: flags }).values.runs);
const scratch = mkdtempSync(join(tmpdir(), 'onex-bench-'));
const example = join(root, 'examples', 'onex');
// a process number says nothing across this border, as between two machines
const ELSEWHERE = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

const tools = join(homedir(), '.onex-bootstrap', 'tools');
const temporal = await ensureDevServer(join(scratch, 'temporal'), () =>
  temporalCli(tools, process.env.PATH, say),
);
const answering = await holdingProxy();
const bundle = join(scratch, 'bundle.js');
const workflowsPath = join(root, 'bench', 'support', 'plain-workflow.cjs');
const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
writeFileSync(bundle, code);
const connection = await Connection.connect({ address: temporal.address });
const client = new Client({ connection });

const ways = {
  'onex-bootstrap': (run) => product(`here-${run}`, []),
  'onex-bootstrap, killed process not to be seen': (run) => product(`elsewhere-${run}`, ELSEWHERE),
  "the SDK's defaults": (run) => plain(`plain-${run}`),
};
if (spawnSync(ELSEWHERE[0], [...ELSEWHERE.slice(1), 'true']).status !== 0)
  delete ways['onex-bootstrap, killed process not to be seen'];

try {
  const samples = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let run = 1; run <= runs; run++) {
    for (const [way, measure] of Object.entries(ways)) {
      samples[way].push(await measure(run));
      const { again, ended } = samples[way].at(-1);
      say(`run ${run} of ${runs}: ${way}: ${seconds(again)}, ${seconds(ended)}`);
    }
  }
  report(samples);
} finally {
  await connection.close();
  answering.stop();
  await stopDevServer(join(scratch, 'temporal'));
  rmSync(scratch, { recursive: true, force: true });
}

/** Kills `up` as it writes secrets; `before` is what the second one runs under. */
async function product(name, before) {
  const infisical = await devInfisical().startDevInfisical();
  const proxy = await holdingProxy(infisical.url);
  const state = join(scratch, name);
  mkdirSync(state, { mode: 0o700 });
  const up = ['--', join(root, 'dist', 'client', 'main.js'), 'up', join(example, 'contracts'), '-e', name];
  const files = [join(example, 'values.env'), `billing=${join(example, 'billing.env')}`];
  const given = [...files.flatMap((file) => ['--values', file]), '--infisical', proxy.url, '--json'];
  const variables = { TEMPORAL_ADDRESS: temporal.address, ONEX_STATE_DIR: state, HOME: state };
  const environment = { ...process.env, ...variables, ONEX_NODES_DIR: join(state, 'nodes') };
  const start = ([command, ...args]) => program(command, args, { cwd: state, env: environment });
  const node = [process.execPath, ...up, ...given];
  const isBatch = ({ method, url }) => method !== 'GET' && url.includes('/secrets/batch');
  try {
    return await recovery(
      proxy,
      isBatch,
      () => start(node),
      () => start([...before, ...node]),
    );
  } finally {
    proxy.stop();
    await infisical.stop();
  }
}

async function plain(workflowId) {
  const args = [join(root, 'bench', 'support', 'plain-worker.mjs'), temporal.address, bundle, answering.url];
  const start = () => program(process.execPath, args);
  const handle = await client.workflow.start('plain', { workflowId, taskQueue: 'plain' });
  return recovery(
    answering,
    () => true,
    start,
    () => {
      const worker = start();
      return { child: worker.child, ended: handle.result().then(() => worker.child.kill('SIGKILL')) };
    },
  );
}

/** Milliseconds from the kill. */
async function recovery(proxy, isIt, first, second) {
  const { held, next } = proxy.hold(isIt);
  const victim = first();
  await Promise.race([
    held,
    victim.ended.then(() => Promise.reject(new Error('ended before it was killed'))),
  ]);
  victim.child.kill('SIGKILL');
  const killed = performance.now();
  const successor = second();
  const again = (await Promise.race([next, successor.ended.then(() => next)])) - killed;
  await successor.ended;
  return { again, ended: performance.now() - killed };
}

function program(command, args, options = {}) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const ended = once(child, 'close').then(([code, signal]) => {
    if (code !== 0 && signal !== 'SIGKILL') throw new Error(`${args[1]} ended with ${code}:\n${stderr}`);
  });
  ended.catch(() => undefined);
  return { child, ended };
}

function report(samples) {
  const rows = Object.entries(samples).map(([way, all]) => ({
    way,
    'step runs again': seconds(median(all.map(({ again }) => again))),
    'run has ended': seconds(median(all.map(({ ended }) => ended))),
    longest: seconds(Math.max(...all.map(({ ended }) => ended))),
  }));
  print({
    title: `Worker killed (SIGKILL) in a step, another one started at once; medians of ${runs} runs`,
    columns: ['way', 'step runs again', 'run has ended', 'longest'],
    rows,
    notes: ['The heartbeat timeout is 6 s in all of them; the starting process takes its part of each.'],
  });
}

function seconds(milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
