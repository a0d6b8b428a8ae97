// What a cache of 1,000 entries takes.
import { HandlerInfisical } from '../../dist/reads/handler-infisical.js';
import { collectGarbage } from './collect-garbage.mjs';
import { median, round, say } from './print.mjs';
import { folderOf, keysOf } from './reading-server.mjs';

const WARM_UPS = 3;
const THOUSAND = keysOf(1_000);

/** Bytes that 1,000 cached values of 100 bytes take, beside a Map of plain strings. */
export async function measureMemory(settings, rounds) {
  say('memory');
  const all = { ...settings, secret_path: folderOf(1_000) };
  const reader = HandlerInfisical.create({ ...all, cache_ttl_seconds: 0 });
  const fills = {
    'Map of strings': async () => {
      const { secrets } = await reader.getSecretsBatch({ secret_names: THOUSAND });
      return new Map(Object.entries(secrets).map(([key, secret]) => [key, secret.reveal()]));
    },
    handler: async () => {
      const handler = HandlerInfisical.create(all);
      await handler.getSecretsBatch({ secret_names: THOUSAND });
      return handler;
    },
  };
  const kept = []; // nothing of a round is collected in another one
  const rows = [];
  for (const [way, fill] of Object.entries(fills)) {
    const samples = [];
    for (let at = 0; at < rounds + WARM_UPS; at++) {
      const before = bytesInUse();
      kept.push(await fill());
      samples.push(bytesInUse() - before);
    }
    const bytes = median(samples.slice(WARM_UPS));
    rows.push({ way, KiB: round(bytes / 1_024, 0), 'bytes per entry': round(bytes / THOUSAND.length, 0) });
  }
  return rows;
}

function bytesInUse() {
  collectGarbage();
  collectGarbage(); // what the first one finalised
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
