// Hosts that joined, simulated by the workers of one process: what a run costs that serves all of them, and how it grows.
import { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureDevServer, stopDevServer } from '../dist/client/temporal/dev-server.js';
import { temporalCli } from '../dist/client/temporal/temporal-cli.js';
import { environmentQueue } from '../dist/contracts/core/names.js';
import { listed } from '../dist/contracts/run/summaries.js';
import { secretsPlugin } from '../dist/worker/sealing/secrets-plugin.js';
import { print, round, say, timed } from './support/print.mjs';

const options = { sizes: { type: 'string', default: '10,100,1000' }, json: { type: 'boolean' } };
const sizes = parseArgs({ options }).values.sizes.split(',').map(Number);
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const state = mkdtempSync(join(tmpdir(), 'onex-fleet-'));
const PAGE = 100;
const ENVIRONMENT = 'fleet';
const [HOME, HOSTS] = ['home-000000', 'hosts-000000'].map((of) => environmentQueue(ENVIRONMENT, of));
const noNames = listed([]);
const noChange = () => ({ changes: [] });
let names = [];

/** A fleet in which everything is in place. */
const activities = {
  startRun() {
    const { workflowType, workflowExecution } = Context.current().info;
    const isHost = workflowType === 'serveHost';
    return {
      ref: { environment: ENVIRONMENT, declaration: '0'.repeat(64), dryRun: false, overwrite: false },
      queue: isHost ? HOSTS : HOME,
      allowPartial: false,
      infrastructure: 'external',
      ...(isHost && { joined: { name: workflowExecution.workflowId.split('/')[2], hasServices: false } }),
      searchAttributes: false,
      startedBy: 'bench',
    };
  },
  hostsToServe(_run, after) {
    const rest = names.filter((name) => name > after);
    const hosts = rest
      .slice(0, PAGE)
      .map((name) => ({ name, queue: HOSTS, isLeaving: false, isForgotten: false }));
    return { hosts, ...(rest.length > PAGE && { next: hosts.at(-1).name }) };
  },
  presence: () => ({ holds: 'secret' }),
  hostOrder: noChange,
  noteHosts: () => undefined,
  checkMachine: noChange,
  readRequirements: () => ({ files: 100, nodes: 100, keys: 100, unread: 0, problems: noNames }),
  prefetchNodes: () => ({ nodes: 100, written: 0, withheld: noNames, kept: noNames, removed: noNames }),
  keepReport: () => ({ run: 'bench', digest: '0' }),
};

Runtime.install({ logger: new DefaultLogger('ERROR') });
const tools = join(homedir(), '.onex-bootstrap', 'tools');
const { address } = await ensureDevServer(join(state, 'temporal'), () =>
  temporalCli(tools, process.env.PATH, say),
);
const connection = await NativeConnection.connect({ address });
const client = new Client({ connection: await Connection.connect({ address }) });
const workerOf = (taskQueue) =>
  Worker.create({
    connection,
    taskQueue,
    activities,
    workflowBundle: { codePath: join(root, 'dist', 'workflow-bundle.js') },
    plugins: [secretsPlugin({ shown: 'scrub' })],
  });
try {
  const [home, hosts] = await Promise.all([HOME, HOSTS].map(workerOf));
  const rows = await home.runUntil(() => hosts.runUntil(measureAll));
  print({
    title: 'serving hosts that joined, with everything in place',
    columns: ['hosts', 'seconds', 'ms a host', 'growth', 'longest history', 'MiB'],
    rows,
    notes: [
      'Growth is the time against that of a tenth of the hosts. MiB is this process, with all workers.',
    ],
  });
} finally {
  await client.connection.close();
  await connection.close();
  await stopDevServer(join(state, 'temporal'));
  rmSync(state, { recursive: true, force: true });
}

async function measureAll() {
  const rows = [];
  for (const size of sizes) {
    say(`${size} hosts`);
    names = Array.from({ length: size }, (_, index) => `h${String(index).padStart(6, '0')}`);
    const workflowId = `bootstrap/${ENVIRONMENT}`;
    const { milliseconds, result } = await timed(() =>
      client.workflow.execute('serveHosts', {
        taskQueue: HOME,
        workflowId,
        args: [{ environment: ENVIRONMENT }],
      }),
    );
    if (result.served !== size) throw new Error(`${result.served} of ${size} were served`);
    const before = rows.at(-1);
    rows.push({
      hosts: size,
      seconds: round(milliseconds / 1000, 1),
      'ms a host': round(milliseconds / size, 0),
      growth: before && round(milliseconds / 1000 / before.seconds, 1),
      'longest history': await longest(),
      MiB: Math.round(process.memoryUsage().rss / 1024 / 1024),
    });
  }
  return rows;
}

/** Events of the longest history of a page. */
async function longest() {
  await sleep(1_000); // what has just ended is listed a moment later
  let most = 0;
  for await (const { historyLength } of client.workflow.list({ query: `WorkflowType = 'hostPages'` }))
    most = Math.max(most, historyLength);
  return most;
}
