// What sends nothing: reads from the cache, refusals of an open breaker.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { HandlerInfisical } from '../../dist/reads/handler-infisical.js';
import { createReadAudit } from '../../dist/reads/read-audit.js';
import { median, quantile, round, say } from './print.mjs';
import { folderOf, keysOf } from './reading-server.mjs';

const CALLS = 10_000;
const HUNDRED = keysOf(100);

/** Nanoseconds of a cached read with and without audit, beside a Map and lru-cache that hold the same values. */
export async function measureCached(settings, rounds) {
  say('cached reads');
  const folder = mkdtempSync(join(tmpdir(), 'onex-bench-audit-'));
  const [silent, discarding, filing] = [undefined, { write() {} }, join(folder, 'audit.log')].map((audit) =>
    HandlerInfisical.create(
      { ...settings, secret_path: folderOf(100) },
      audit === undefined ? {} : { audit: createReadAudit(audit) },
    ),
  );
  for (const handler of [silent, discarding, filing])
    await handler.getSecretsBatch({ secret_names: HUNDRED });
  const { secrets } = await silent.getSecretsBatch({ secret_names: HUNDRED });
  const map = new Map(Object.entries(secrets));
  const lru = new LRUCache({ max: 1_000, ttl: 300_000 });
  map.forEach((value, key) => lru.set(key, value));
  const get = (handler) => (key) => handler.getSecret({ secret_name: key });
  try {
    return await compare(rounds, 'Map.get', {
      'Map.get': { call: (key) => map.get(key) },
      'lru-cache with a TTL': { call: (key) => lru.get(key) },
      'getSecret, no audit': { call: get(silent), waits: true },
      'getSecret, audit to nowhere': { call: get(discarding), waits: true },
      'getSecret, audit to a file': { call: get(filing), waits: true },
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Nanoseconds until an open breaker has refused a call. */
export async function measureRefusals(settings, rounds) {
  say('an open breaker');
  const down = { ...settings, host: await closedAddress(), circuit_breaker_threshold: 1 };
  const handler = HandlerInfisical.create(down);
  const refused = (key) => handler.getSecret({ secret_name: key }).catch((error) => error);
  await refused(HUNDRED[0]);
  if ((await refused(HUNDRED[0])).circuitState !== 'open') throw new Error('the breaker is not open');
  return compare(rounds, undefined, { 'getSecret, breaker open': { call: refused, waits: true } });
}

/** Medians of alternating rounds; each has a loop for the mean and one that times every call. */
async function compare(rounds, yardstick, ways) {
  const samples = new Map(Object.keys(ways).map((way) => [way, []]));
  for (let at = 0; at <= rounds; at++)
    for (const [way, { call, waits }] of Object.entries(ways)) {
      samples.get(way).push(waits ? await waiting(call) : plain(call));
      await nextTurn(); // else nobody sees that the server has closed an idle connection
    }
  const rows = [...samples].map(([way, all]) => {
    const of = (pick) => median(all.slice(1).map(pick)); // the first round warms up
    const [ns, p50, p99] = [of((one) => one.ns), of((one) => one.p50), of((one) => one.p99)];
    const row = { way, 'ns per call': round(ns, 0), 'calls per s': Math.round(1e9 / ns) };
    return ways[way].waits ? { ...row, 'p50 µs': round(p50, 1), 'p99 µs': round(p99, 1) } : row;
  });
  const base = rows.find(({ way }) => way === yardstick)?.['ns per call'];
  return base === undefined
    ? rows
    : rows.map((row) => ({ ...row, ratio: round(row['ns per call'] / base, 1) }));
}

async function waiting(call) {
  const started = performance.now();
  for (let at = 0; at < CALLS; at++) await call(HUNDRED[at % HUNDRED.length]);
  const ns = ((performance.now() - started) * 1e6) / CALLS;
  const times = [];
  for (let at = 0; at < CALLS; at++) {
    const before = process.hrtime.bigint();
    await call(HUNDRED[at % HUNDRED.length]);
    times.push(Number(process.hrtime.bigint() - before) / 1e3);
  }
  return { ns, p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}

function plain(call) {
  let found = 0; // used, so that no call is optimised away
  const started = performance.now();
  for (let at = 0; at < 100 * CALLS; at++) if (call(HUNDRED[at % HUNDRED.length]) !== undefined) found++;
  const ns = ((performance.now() - started) * 1e6) / (100 * CALLS);
  if (found !== 100 * CALLS) throw new Error('a key is missing');
  return { ns };
}

async function closedAddress() {
  const server = createServer();
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return `http://127.0.0.1:${port}`;
}
