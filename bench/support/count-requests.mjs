// Counts what a piece of work sends: the SDK and the product's own client both call the global fetch.
let requests = 0;
const send = globalThis.fetch;
globalThis.fetch = (...call) => {
  requests++;
  return send(...call);
};

/** Milliseconds, requests and result of `work`; nothing else may send meanwhile. */
export async function counted(work) {
  const before = requests;
  const started = performance.now();
  const result = await work();
  return { milliseconds: performance.now() - started, requests: requests - before, result };
}
