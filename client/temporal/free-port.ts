import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 25;

/** The wanted port of 127.0.0.1 as soon as nothing listens there; after `patienceMs` one that the system picks. */
export async function freePort(wanted: number, patienceMs = 0): Promise<number> {
  for (const deadline = Date.now() + patienceMs; ; await sleep(POLL_MS)) {
    const port = await listenable(wanted);
    if (port !== undefined) return port;
    if (Date.now() >= deadline) return (await listenable(0)) ?? wanted;
  }
}

function listenable(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : undefined));
    });
  });
}
