// `up` with 1,000 and 10,000 contracts of 20 keys each, beside a server that answers in 5 ms: time, memory, largest payload,
// and how each grows. Then 400 nodes that lack 100 keys each.
import { Client, Connection } from '@temporalio/client';
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { cliFolder } from '../dist/client/temporal/temporal-cli.js';
import { stopDevServer } from '../dist/client/temporal/dev-server.js';
import { inMemoryInfisical } from './support/in-memory-infisical.mjs';
import { print, round, say } from './support/print.mjs';

const ANSWER_MS = 5;
const KEYS = 20;
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const options = { sizes: { type: 'string', default: '1000,10000' }, json: { type: 'boolean' } };
const sizes = parseArgs({ options }).values.sizes.split(',').map(Number);

const rows = [];
for (const size of sizes) {
  const first = rows[0];
  const row = await measure(`${size} contracts, ${KEYS} keys each`, size, KEYS, { given: true });
  rows.push({ ...row, growth: first === undefined ? undefined : round(row.seconds / first.seconds, 1) });
}
rows.push(await measure('400 nodes, each lacks 100 keys', 400, 100, { given: false }));
print({
  title: `up beside a server that answers in ${ANSWER_MS} ms`,
  columns: [
    'what',
    'code',
    'seconds',
    'growth',
    'again: seconds',
    'MiB',
    'largest payload, KiB',
    'events',
    'requests',
  ],
  rows,
  notes: ['MiB is the peak of the command, workers included. Growth is against the first row.'],
});

async function measure(what, contracts, keys, { given }) {
  say(what);
  const folder = mkdtempSync(join(tmpdir(), 'onex-scale-'));
  const server = await inMemoryInfisical(ANSWER_MS);
  try {
    const args = ['up', writeContracts(folder, contracts, keys), '--infisical', server.url, '--json'];
    if (given) args.push('--values', writeValues(folder, contracts, keys));
    const first = await command(folder, args);
    const { requests } = server;
    const again = await command(folder, args);
    const { largest, events } = await history(folder);
    return {
      what,
      code: first.code,
      seconds: round(first.seconds, 1),
      'again: seconds': round(again.seconds, 1),
      MiB: Math.round(Math.max(first.memory, again.memory)),
      'largest payload, KiB': round(largest / 1024, 1),
      events,
      requests,
    };
  } finally {
    server.stop();
    await stopDevServer(join(folder, 'state', 'temporal'));
    rmSync(folder, { recursive: true, force: true });
  }
}

function keyOf(contract, key) {
  return `NODE_${contract}_KEY_${key}`;
}

function writeContracts(folder, contracts, keys) {
  const dir = join(folder, 'contracts');
  for (let contract = 0; contract < contracts; contract++) {
    const lines = Array.from(
      { length: keys },
      (_, key) => `  - { name: d${key}, type: environment, env_var: ${keyOf(contract, key)} }`,
    );
    mkdirSync(join(dir, `n${contract}`), { recursive: true });
    writeFileSync(
      join(dir, `n${contract}`, 'contract.yaml'),
      `name: node_${contract}\ndependencies:\n${lines.join('\n')}\n`,
    );
  }
  return dir;
}

function writeValues(folder, contracts, keys) {
  const path = join(folder, 'values.env');
  const lines = [];
  for (let contract = 0; contract < contracts; contract++)
    for (let key = 0; key < keys; key++) lines.push(`${keyOf(contract, key)}=v${contract}-${key}`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

function command(folder, args) {
  // the CLI that the product once fetched for itself serves here too
  const tools = cliFolder(join(homedir(), '.onex-bootstrap', 'tools'));
  const env = {
    PATH: [tools, process.env.PATH].join(delimiter),
    HOME: folder,
    ONEX_STATE_DIR: join(folder, 'state'),
    ONEX_NODES_DIR: join(folder, 'nodes'),
    INFISICAL_CLIENT_ID: 'bench',
    INFISICAL_CLIENT_SECRET: 'bench-secret',
    INFISICAL_PROJECT_ID: 'p1',
  };
  const started = performance.now();
  const program = ['--', join(root, 'dist', 'client', 'main.js'), ...args];
  const child = spawn(process.execPath, program, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let memory = 0;
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-2_000)));
  const watch = setInterval(() => (memory = Math.max(memory, peakOf(child.pid))), 100);
  return new Promise((resolve) =>
    child.on('close', (code) => {
      clearInterval(watch);
      if (code !== 0 && code !== 4) say(said);
      resolve({ code, seconds: (performance.now() - started) / 1000, memory });
    }),
  );
}

function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** The largest payload in the histories of the environment, in bytes, and the events of the longest. */
async function history(folder) {
  const { port } = JSON.parse(readFileSync(join(folder, 'state', 'temporal', 'server.json'), 'utf8'));
  const connection = await Connection.connect({ address: `127.0.0.1:${port}` });
  try {
    const { client } = { client: new Client({ connection }) };
    let [largest, events] = [0, 0];
    for await (const { workflowId, runId } of client.workflow.list()) {
      const found = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      events = Math.max(events, found.events.length);
      largest = Math.max(largest, ...found.events.map(largestIn));
    }
    return { largest, events };
  } finally {
    await connection.close();
  }
}

function largestIn(value) {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Math.max(0, ...Object.values(value).map(largestIn));
}
