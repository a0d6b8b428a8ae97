// Hosts that joined, each a process with a state of its own: what a run costs that serves all of them, and how it grows.
import { Client, Connection } from '@temporalio/client';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopDevServer } from '../dist/client/temporal/dev-server.js';
import { bootstrapWorkflowId, TASK_QUEUE } from '../dist/contracts/core/names.js';
import { devInfisical } from './support/dev-infisical.mjs';
import { holdingProxy } from './support/holding-proxy.mjs';
import { print, round, say, timed } from './support/print.mjs';
import { start, writeContracts, writeValues } from './support/product.mjs';

const options = {
  sizes: { type: 'string', default: '10,30' },
  nodes: { type: 'string', default: '100' },
  json: { type: 'boolean' },
};
const { values: given } = parseArgs({ options });
const sizes = given.sizes.split(',').map(Number);
const nodes = Number(given.nodes);
const most = Math.max(...sizes);
const [KEYS, ENVIRONMENT] = [5, 'fleet'];
const MIB_A_HOST = 170; // what it shares with other processes left out
const MIB_BESIDE = 1_500; // the home, Temporal, Infisical with its database, and this bench
const AT_ONCE = 4;

const needed = most * MIB_A_HOST + MIB_BESIDE;
const available = Math.round(mebibytesOf('/proc/meminfo', 'MemAvailable'));
if (needed > available) {
  say(`${most} hosts need ${needed} MiB of memory, and ${available} are available: try smaller --sizes`);
  process.exit(1);
}
const open = [];
let isStopping = false;
let closing = Promise.resolve();
for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => {
    isStopping = true;
    void closeAll().finally(() => process.exit(130));
  });
const rows = [];
try {
  for (const size of sizes) {
    rows.push(...(await measure(size)));
    await closeAll();
  }
} finally {
  await closeAll();
}
print({
  title: `serving hosts that joined, a process each, with ${nodes} nodes of ${KEYS} keys`,
  columns: [
    ...['hosts', 'what', 'seconds', 'ms a host', 'growth', 'requests', 'requests a host'],
    ...['CPU of the home, ms a host', 'longest history', 'MiB', 'MiB a host'],
  ],
  rows,
  notes: [
    'Growth is the time against that of the size before. MiB is the RSS of the processes of the hosts.',
  ],
});

async function measure(size) {
  const folder = mkdtempSync(join(tmpdir(), 'onex-fleet-'));
  open.push(() => rmSync(folder, { recursive: true, force: true }));
  const infisical = await devInfisical().startDevInfisical();
  open.push(() => infisical.stop());
  const proxy = await holdingProxy(infisical.url);
  open.push(() => proxy.stop());
  const declared = [writeContracts(folder, nodes, KEYS), '--infisical', proxy.url];
  say(`${size} hosts: their home`);
  const { client, address, home } = await homeOf(folder, declared);
  say(`${size} hosts join`);
  const names = Array.from({ length: size }, (_, index) => `h${String(index).padStart(4, '0')}`);
  const hosts = [];
  const joining = async () => {
    for (let name = names.shift(); name !== undefined; name = names.shift())
      hosts.push(await hostOf(folder, name, declared, { TEMPORAL_ADDRESS: address }));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, joining));
  const found = [];
  for (const what of ['all is to be delivered', 'all is in place'])
    found.push({ hosts: size, what, ...(await serve({ client, home, hosts, proxy }, what)) });
  return found;
}

async function serve({ client, home, hosts, proxy }, what) {
  const size = hosts.length;
  say(`${size} hosts are served: ${what}`);
  const before = { requests: proxy.requests, cpu: cpuOf(home) };
  const since = new Date().toISOString();
  const { milliseconds, result } = await timed(() =>
    client.workflow.execute('serveHosts', {
      taskQueue: TASK_QUEUE,
      workflowId: bootstrapWorkflowId(ENVIRONMENT),
      args: [{ environment: ENVIRONMENT }],
    }),
  );
  const requests = proxy.requests - before.requests;
  const cpu = cpuOf(home) - before.cpu;
  if (result.served !== size)
    throw new Error(`${result.served} of ${size} were served: ${result.trouble.first.join('; ')}`);
  for (const { name, files } of hosts) {
    const { length } = readdirSync(files);
    if (length !== nodes) throw new Error(`${name} has ${length} of ${nodes} nodes`);
  }
  const smaller = rows.findLast((row) => row.what === what);
  const memory = hosts.reduce((sum, { pid }) => sum + mebibytesOf(`/proc/${pid}/status`, 'VmRSS'), 0);
  return {
    seconds: round(milliseconds / 1000, 1),
    'ms a host': Math.round(milliseconds / size),
    growth: smaller && round(milliseconds / 1000 / smaller.seconds, 1),
    requests,
    'requests a host': round(requests / size, 1),
    'CPU of the home, ms a host': Math.round(cpu / size),
    'longest history': await longest(client, since),
    MiB: Math.round(memory),
    'MiB a host': Math.round(memory / size),
  };
}

/** Its Infisical is seeded, its embedded Temporal runs, and its worker lets in every host that asks. */
async function homeOf(folder, declared) {
  const home = join(folder, 'home');
  open.push(() => stopDevServer(join(home, 'state', 'temporal')));
  const values = writeValues(folder, nodes, KEYS);
  await command(home, ['up', ...declared, '--values', values, '--accept-hosts'], { ONEX_HOST: 'home' });
  const { pid } = await worker(home, { ONEX_HOST: 'home' });
  const { port } = JSON.parse(readFileSync(join(home, 'state', 'temporal', 'server.json'), 'utf8'));
  const address = `127.0.0.1:${port}`;
  const connection = await Connection.connect({ address });
  open.push(() => isStopping || connection.close()); // a closed one throws at whoever waits for a run
  return { client: new Client({ connection }), address, home: pid };
}

async function hostOf(folder, name, declared, temporal) {
  const own = join(folder, name);
  const variables = { ...temporal, ONEX_HOST: name };
  await command(own, ['join', ...declared], variables);
  const { pid } = await worker(own, variables);
  return { name, pid, files: join(own, 'nodes', ENVIRONMENT, 'all') };
}

async function command(folder, args, variables) {
  const { child, said, ended } = run(folder, args, variables);
  await ended;
  if (child.exitCode !== 0) throw new Error(`${args[0]} ended with ${child.exitCode}:\n${said()}`);
}

/** A worker of everything that is declared in its state directory, once it is ready. */
async function worker(folder, variables) {
  const { child, said, ended } = run(folder, ['worker'], variables);
  const ready = new Promise((resolve) =>
    child.stderr.on('data', () => said().includes('Ctrl-C stops it') && resolve()),
  );
  await Promise.race([ready, ended]);
  if (child.exitCode !== null) throw new Error(`a worker ended with ${child.exitCode}:\n${said()}`);
  return child;
}

/** The built product; it is killed in the end, since all that it leaves behind is removed too. */
function run(folder, args, variables) {
  if (isStopping) throw new Error('asked to stop');
  mkdirSync(folder, { recursive: true });
  const child = start(folder, args, { ONEX_ENVIRONMENT: ENVIRONMENT, ...variables });
  const ended = once(child, 'close');
  open.push(() => (child.kill('SIGKILL'), ended));
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + chunk).slice(-2_000)));
  return { child, ended, said: () => said };
}

/** Events of the longest history of a workflow that was started since then. */
async function longest(client, since) {
  let most = 0;
  for await (const { historyLength } of client.workflow.list({ query: `StartTime > '${since}'` }))
    most = Math.max(most, historyLength);
  return most;
}

/** What was opened last is closed first; whoever asks again waits for that too. */
function closeAll() {
  closing = closing.then(async () => {
    for (let close = open.pop(); close !== undefined; close = open.pop())
      await Promise.resolve(close()).catch((error) => say(String(error)));
  });
  return closing;
}

function mebibytesOf(file, name) {
  return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(file, 'utf8'))?.[1]) / 1024;
}

/** Milliseconds of processor time that a process has used, proc(5). */
function cpuOf(pid) {
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/.*\) /, '').split(' ').slice(11);
  return (Number(user) + Number(system)) * 10;
}
