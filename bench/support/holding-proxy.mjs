// Stands before an HTTP server, counts its requests, and holds one until it is told of the next: so a worker is killed in a step.
import { createServer, request } from 'node:http';
import { once } from 'node:events';

/** `hold(isIt)` resolves when a request that `isIt` came, which is never answered; `next` when such a one came again. */
export async function holdingProxy(target) {
  let [isIt, onHeld, onNext] = [() => false];
  let held = false;
  let requests = 0;
  const server = createServer((incoming, outgoing) => {
    requests++;
    if (isIt(incoming)) {
      if (!held) return void ((held = true), onHeld());
      onNext(performance.now());
    }
    if (target === undefined) return void outgoing.end('{}');
    const { method, url, headers } = incoming;
    const passed = request(new URL(url, target), { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on('error', () => outgoing.destroy());
    incoming.pipe(passed);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    get requests() {
      return requests;
    },
    hold(matches) {
      [isIt, held] = [matches, false];
      const next = new Promise((resolve) => (onNext = resolve));
      return { held: new Promise((resolve) => (onHeld = resolve)), next };
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
