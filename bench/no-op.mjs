// A whole `up` that finds everything in place: the command, the workflow, and how much of that is orchestration.
import { Client, Connection } from '@temporalio/client';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cliFolder } from '../dist/client/temporal/temporal-cli.js';
import { freePort, stopDevServer } from '../dist/client/temporal/dev-server.js';
import { bootstrapWorkflowId } from '../dist/contracts/core/names.js';
import { median, print, say, timed } from './support/print.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const flags = { runs: { type: 'string', default: '5' }, json: { type: 'boolean' } };
const runs = Number(parseArgs({ options: flags }).values.runs);
const state = mkdtempSync(join(tmpdir(), 'onex-bench-'));
const name = 'bench-no-op';
const environment = await environmentOf();

try {
  say('first run: everything is made');
  const first = await timed(() => command('up'));
  const samples = [];
  for (let run = 1; run <= runs; run++) {
    say(`run ${run} of ${runs}`);
    const { milliseconds } = await timed(async () => assertNoChange(await command('up')));
    samples.push({ command: milliseconds, ...(await readHistory()) });
  }
  report(first.milliseconds, samples);
} finally {
  await command('down', '--volumes').catch((error) => say(error.message));
  await stopDevServer(join(state, 'temporal'));
  rmSync(state, { recursive: true, force: true });
}

async function environmentOf() {
  const ports = {};
  for (const port of [
    'POSTGRES_EXTERNAL_PORT',
    'VALKEY_EXTERNAL_PORT',
    'INFISICAL_EXTERNAL_PORT',
    'GREETER_PORT',
  ])
    ports[port] = String(await freePort(0));
  // the CLI that the product once fetched for itself serves here too
  const tools = cliFolder(join(homedir(), '.onex-bootstrap', 'tools'));
  const PATH = [tools, process.env.PATH].join(delimiter);
  const own = {
    PATH,
    ONEX_LOCAL_IMAGES: 'true',
    ONEX_STATE_DIR: state,
    ONEX_NODES_DIR: join(state, 'nodes'),
  };
  return { ...process.env, ...ports, ...own };
}

async function command(...args) {
  const program = ['--', join(root, 'dist', 'client', 'main.js'), ...args, '-e', name, '--json'];
  const child = spawn(process.execPath, program, {
    cwd: state,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += chunk));
  child.stderr.on('data', (chunk) => (stderr += chunk));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}:\n${stderr}`);
  return stdout;
}

function assertNoChange(report) {
  const { changes } = JSON.parse(report);
  if (changes.count > 0) throw new Error(`this was no no-op: ${changes.first.join(', ')}`);
}

/** Milliseconds of the latest run: the workflow, its activities added up, and the time in which at least one ran. */
async function readHistory() {
  const { port } = JSON.parse(readFileSync(join(state, 'temporal', 'server.json'), 'utf8'));
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  const { events } = await new Client({ connection }).workflow
    .getHandle(bootstrapWorkflowId(name))
    .fetchHistory();
  await connection.close();
  const at = ({ eventTime }) => Number(eventTime.seconds) * 1000 + eventTime.nanos / 1e6;
  const started = new Map();
  const spans = [];
  for (const event of events) {
    if (event.activityTaskStartedEventAttributes) started.set(String(event.eventId), at(event));
    const ended = event.activityTaskCompletedEventAttributes;
    if (ended) spans.push([started.get(String(ended.startedEventId)), at(event)]);
  }
  const sum = spans.reduce((total, [from, to]) => total + to - from, 0);
  const workflow = at(events.at(-1)) - at(events[0]);
  return { workflow, activities: spans.length, sum, covered: coveredBy(spans), events: events.length };
}

function coveredBy(spans) {
  let [covered, end] = [0, 0];
  for (const [from, to] of spans.toSorted(([a], [b]) => a - b)) {
    covered += Math.max(0, to - Math.max(from, end));
    end = Math.max(end, to);
  }
  return covered;
}

function report(first, samples) {
  const of = (pick) => median(samples.map(pick));
  const workflow = of((run) => run.workflow);
  const row = (what, milliseconds) => ({
    what,
    median: `${Math.round(milliseconds)} ms`,
    'of the workflow': `${Math.round((100 * milliseconds) / workflow)} %`,
  });
  print({
    title: `\`up\` with nothing to do, medians of ${runs} runs`,
    columns: ['what', 'median', 'of the workflow'],
    rows: [
      row(
        'command, from start to exit',
        of((run) => run.command),
      ),
      row('workflow', workflow),
      row(
        'activities, added up',
        of((run) => run.sum),
      ),
      row(
        'time in which an activity ran',
        of((run) => run.covered),
      ),
      row(
        'orchestration: no activity ran',
        of((run) => run.workflow - run.covered),
      ),
    ],
    notes: [
      `${samples[0].activities} activities, ${samples[0].events} history events; the first run took ${(first / 1000).toFixed(1)} s.`,
    ],
  });
}
