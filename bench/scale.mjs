// `up` with 1,000 and 10,000 contracts of 20 keys each, beside a server that answers in 5 ms: time, memory, largest payload,
// and how each grows. Then 400 nodes that lack 100 keys each.
import { Client, Connection } from '@temporalio/client';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { stopDevServer } from '../dist/client/temporal/dev-server.js';
import { inMemoryInfisical } from './support/in-memory-infisical.mjs';
import { print, round, say } from './support/print.mjs';
import { command, writeContracts, writeValues } from './support/product.mjs';

const ANSWER_MS = 5;
const GIVEN = {
  INFISICAL_CLIENT_ID: 'bench',
  INFISICAL_CLIENT_SECRET: 'bench-secret',
  INFISICAL_PROJECT_ID: 'p1',
};
const KEYS = 20;
const PARTIAL = 4; // the command's code where a node lacks what it requires
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
    const code = given ? 0 : PARTIAL;
    const args = ['up', writeContracts(folder, contracts, keys), '--infisical', server.url, '--json'];
    if (given) args.push('--values', writeValues(folder, contracts, keys));
    const first = await command(folder, args, GIVEN, code);
    const { requests } = server;
    const again = await command(folder, args, GIVEN, code);
    const { largest, events } = await history(folder);
    return {
      what,
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
