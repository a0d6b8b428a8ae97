import { createServer } from 'node:net';

/** The wanted port of 127.0.0.1 if nothing listens there, else one that the system picks. */
export async function freePort(wanted: number): Promise<number> {
  return (await listenable(wanted)) ?? (await listenable(0)) ?? wanted;
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
