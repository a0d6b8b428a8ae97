// What is sent: cold reads, batches and a crowd of readers, beside @infisical/sdk alone against the same server.
import { InfisicalSDK } from '@infisical/sdk';
import { HandlerInfisical } from '../../dist/reads/handler-infisical.js';
import { counted } from './count-requests.mjs';
import { median, quantile, round, say } from './print.mjs';
import { folderOf, keysOf } from './reading-server.mjs';

const READS = 60;
const FIRST_READS = 30;
const FIFTY = keysOf(50);
const HUNDRED = keysOf(100);
const CROWD = 10_000;

/** One read that no cache answers, with a token and without, beside the SDK. */
export async function measureCold(server) {
  say('cold reads');
  const settings = { ...server, secret_path: folderOf(100) };
  const [handler, sdk] = [uncached(settings), await sdkOf(settings)];
  await handler.getSecret({ secret_name: HUNDRED[0] });
  const reads = await alternate(READS, {
    'SDK, read': (at) => getBySdk(sdk, settings, HUNDRED[at]),
    'handler, read': (at) => handler.getSecret({ secret_name: HUNDRED[at] }),
  });
  const firsts = await alternate(FIRST_READS, {
    'SDK, login and read': async (at) => getBySdk(await sdkOf(settings), settings, HUNDRED[at]),
    'handler, login and read': (at) => uncached(settings).getSecret({ secret_name: HUNDRED[at] }),
  });
  return [...rowsOf(reads, 'SDK, read'), ...rowsOf(firsts, 'SDK, login and read')];
}

/** 50 names of a folder: one batch, one by one, and the SDK's ways. The folder may hold more. */
export async function measureBatch(server, { folderHolds, rounds }) {
  say(`50 names of a folder with ${folderHolds}`);
  const settings = { ...server, secret_path: folderOf(folderHolds) };
  const [handler, sdk] = [HandlerInfisical.create(settings), await sdkOf(settings)];
  await handler.getSecret({ secret_name: HUNDRED[0] });
  const ways = await alternate(rounds, {
    'getSecretsBatch of 50': () => {
      handler.invalidateCache();
      return handler.getSecretsBatch({ secret_names: FIFTY });
    },
    '50 × getSecret, one by one': async () => {
      handler.invalidateCache();
      for (const secret_name of FIFTY) await handler.getSecret({ secret_name });
    },
    'SDK, 50 reads one by one': async () => {
      for (const key of FIFTY) await getBySdk(sdk, settings, key);
    },
    'SDK, one listing': () => sdk.secrets().listSecrets(placeOf(settings)),
  });
  return rowsOf(ways, 'getSecretsBatch of 50').map((row) => ({ 'folder holds': folderHolds, ...row }));
}

/** 10,000 reads at once over 100 keys, from an empty cache: each waits for its own end. */
export async function measureCrowd(server, rounds) {
  say(`${CROWD} reads at once`);
  const settings = { ...server, secret_path: folderOf(100) };
  const handler = HandlerInfisical.create(settings);
  await handler.getSecret({ secret_name: HUNDRED[0] });
  const single = (at) => handler.getSecret({ secret_name: HUNDRED[at % HUNDRED.length] });
  const batch = () => handler.getSecretsBatch({ secret_names: HUNDRED });
  const ways = {
    '10,000 × getSecret': { calls: CROWD, call: single },
    '100 × getSecretsBatch of 100': { calls: CROWD / HUNDRED.length, call: batch },
  };
  const samples = await alternate(
    rounds,
    Object.fromEntries(
      Object.entries(ways).map(([way, { calls, call }]) => [
        way,
        () => {
          handler.invalidateCache();
          return Promise.all(Array.from({ length: calls }, (_, at) => lasting(() => call(at))));
        },
      ]),
    ),
  );
  return [...samples].map(([way, all]) => {
    const of = (pick) => round(median(all.map(pick)), 0);
    return {
      way,
      requests: of((one) => one.requests),
      'p50 ms': of(({ result }) => quantile(result, 0.5)),
      'p99 ms': of(({ result }) => quantile(result, 0.99)),
      'max ms': of(({ result }) => quantile(result, 1)),
      'total ms': of((one) => one.milliseconds),
    };
  });
}

const uncached = (settings) => HandlerInfisical.create({ ...settings, cache_ttl_seconds: 0 });

async function sdkOf({ host, client_id: clientId, client_secret }) {
  const sdk = new InfisicalSDK({ siteUrl: host });
  await sdk.auth().universalAuth.login({ clientId, clientSecret: client_secret.reveal() });
  return sdk;
}

const placeOf = ({ project_id, environment_slug, secret_path }) => ({
  projectId: project_id,
  environment: environment_slug,
  secretPath: secret_path,
  expandSecretReferences: false,
});

const getBySdk = (sdk, settings, secretName) => sdk.secrets().getSecret({ ...placeOf(settings), secretName });

async function lasting(work) {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Turn by turn, so that a slow moment of the machine meets every way; the first turn warms up. */
async function alternate(turns, ways) {
  const samples = new Map(Object.keys(ways).map((way) => [way, []]));
  for (let at = 0; at <= turns; at++)
    for (const [way, work] of Object.entries(ways)) {
      const sample = await counted(() => work(at));
      if (at > 0) samples.get(way).push(sample);
    }
  return samples;
}

function rowsOf(samples, yardstick) {
  const milliseconds = (way) => median(samples.get(way).map((one) => one.milliseconds));
  return [...samples].map(([way, all]) => ({
    way,
    requests: median(all.map((one) => one.requests)),
    'median ms': round(milliseconds(way)),
    ratio: round(milliseconds(way) / milliseconds(yardstick), 2),
  }));
}
