// Reading secrets: from the cache, cold, in batches, by many at once, and while Infisical is down; beside the SDK alone.
import { parseArgs } from 'node:util';
import { measureMemory } from './support/cache-memory.mjs';
import { measureCached, measureRefusals } from './support/cached-reads.mjs';
import { printAll, say } from './support/print.mjs';
import { givenServer, startReadingServer } from './support/reading-server.mjs';
import { measureBatch, measureCold, measureCrowd } from './support/sent-reads.mjs';

// --addr: any Infisical in place of the development server, by an identity that may write to the environment
const { values: given } = parseArgs({
  options: {
    addr: { type: 'string' },
    'client-id': { type: 'string' },
    'client-secret-file': { type: 'string' },
    'project-id': { type: 'string' },
    environment: { type: 'string', default: 'dev' },
    rounds: { type: 'string', default: '7' },
    json: { type: 'boolean' },
  },
});

for (const needed of given.addr === undefined ? [] : ['client-id', 'client-secret-file', 'project-id'])
  if (given[needed] === undefined) throw new Error(`--addr needs --${needed} too`);

const rounds = Number(given.rounds);
const [cold, batch, crowd] = [[], [], []];
let local;
for (const server of given.addr === undefined ? ['current', '2024'] : ['given']) {
  say(`server: ${given.addr ?? `development server, ${server}`}`);
  const { settings, stop } = await (server === 'given' ? givenServer(given) : startReadingServer(server));
  const ofServer = (rows) => rows.map((row) => ({ server, ...row }));
  try {
    local ??= {
      cached: await measureCached(settings, rounds),
      refused: await measureRefusals(settings, rounds),
      memory: await measureMemory(settings, rounds),
    };
    cold.push(...ofServer(await measureCold(settings)));
    for (const folderHolds of [50, 1_000])
      batch.push(...ofServer(await measureBatch(settings, { folderHolds, rounds })));
    crowd.push(...ofServer(await measureCrowd(settings, rounds)));
  } finally {
    await stop();
  }
}

const timing = ['way', 'ns per call', 'calls per s', 'p50 µs', 'p99 µs'];
const sent = ['server', 'way', 'requests', 'median ms', 'ratio'];
printAll([
  {
    title: 'A read that the cache answers, 100 keys in turn',
    columns: [...timing, 'ratio'],
    rows: local.cached,
  },
  { title: 'A call that the open breaker refuses', columns: timing, rows: local.refused },
  {
    title: '1,000 values of 100 bytes in memory',
    columns: ['way', 'KiB', 'bytes per entry'],
    rows: local.memory,
  },
  { title: 'One read that no cache answers', columns: sent, rows: cold },
  { title: '50 names of one folder', columns: ['server', 'folder holds', ...sent.slice(1)], rows: batch },
  {
    title: '10,000 names read at once, 100 of them different, from an empty cache',
    columns: ['server', 'way', 'requests', 'p50 ms', 'p99 ms', 'max ms', 'total ms'],
    rows: crowd,
    notes: ['All are medians of alternating runs; each way was warm.'],
  },
]);
