import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { foreignListener, hasOneOf, listenersOn } from '../../../environment/network/listeners';

const CONNECTIONS = 150; // more lines than the kernel gives at once

describe('who listens at a port', () => {
  it.each([
    ['127.0.0.1', ['127.0.0.1'], ['127.0.0.2', '::1']],
    ['::1', ['::1'], ['127.0.0.1']],
    ['::', ['::1', '127.0.0.1', '::'], []],
  ])('is known of %s among many listeners and connections', async (host, reached, others) => {
    const servers = await Promise.all(Array.from({ length: 60 }, () => listening(host)));
    const server = servers.at(-1)!;
    const sockets: Socket[] = [];
    server.on('connection', (socket) => sockets.push(socket));
    const { port } = server.address() as AddressInfo;
    try {
      for (let count = 0; count < CONNECTIONS; count++) {
        const socket = connect(port, reached[0]);
        sockets.push(socket);
        await once(socket, 'connect');
      }
      const found = listenersOn(port);
      expect(found.map(({ uid }) => uid)).toEqual([process.getuid?.()]);
      expect(hasOneOf(process.pid, found)).toBe(true);
      expect(hasOneOf(process.ppid, found)).toBe(false);
      for (const address of reached) expect(listenersOn(port, address)).toEqual(found);
      for (const address of others) expect(listenersOn(port, address)).toEqual([]);
      expect(await foreignListener(host, port)).toBeUndefined();
    } finally {
      for (const socket of sockets) socket.destroy();
      await Promise.all(servers.map((one) => new Promise((closed) => one.close(closed))));
    }
    expect(listenersOn(port)).toEqual([]);
  });
});

async function listening(host: string) {
  const server = createServer();
  server.listen(0, host);
  await once(server, 'listening');
  return server;
}
