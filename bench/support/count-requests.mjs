// Counts what a piece of work sends: the SDK calls the global fetch, the product its own exchange.
import { createRequire } from 'node:module';

let requests = 0;
const product = createRequire(import.meta.url)('../../dist/environment/network/exchange.js');
for (const [holder, name] of [
  [globalThis, 'fetch'],
  [product, 'exchange'],
]) {
  const send = holder[name];
  holder[name] = (...call) => {
    requests++;
    return send(...call);
  };
}

/** Milliseconds, requests and result of `work`; nothing else may send meanwhile. */
export async function counted(work) {
  const before = requests;
  const started = performance.now();
  const result = await work();
  return { milliseconds: performance.now() - started, requests: requests - before, result };
}
