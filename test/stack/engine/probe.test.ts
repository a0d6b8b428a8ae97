import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Secret } from '../../../contracts/core/secret';
import { probe } from '../../../stack/engine/probe';

describe('a look whether a service answers', () => {
  const servers = new Set<Server>();
  const sockets = new Set<Socket>();
  afterEach(() => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) server.close();
  });

  /** A port behind which whoever connects and says something is answered so. */
  async function answering(answer: (socket: Socket, said: string) => void): Promise<number> {
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined).on('data', (said) => answer(socket, String(said)));
    });
    servers.add(server);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  }
  const ready = (protocol: 'valkey' | 'http', port: number) =>
    probe(protocol === 'http' ? { protocol, port, path: '/health' } : { protocol, port }, secret);
  const secret = new Secret('p\r\nää');
  const lines = (text: string) => (socket: Socket) => void socket.write(text);

  it('says AUTH and PING to Valkey, whatever the password has in it, and takes an answer in pieces', async () => {
    const heard: string[] = [];
    const port = await answering((socket, said) => {
      heard.push(said);
      socket.write('+OK\r');
      setTimeout(() => socket.write('\n+PONG\r\n'), 50);
    });
    expect(await ready('valkey', port)).toEqual({ state: 'ready' });
    expect(heard.join('')).toBe('*2\r\n$4\r\nAUTH\r\n$7\r\np\r\nää\r\n*1\r\n$4\r\nPING\r\n');
  });

  it.each<[string, string, object]>([
    [
      'another password',
      '-WRONGPASS invalid username-password pair\r\n-NOAUTH Authentication required.\r\n',
      { state: 'wrong', reason: 'it knows another password' },
    ],
    [
      'no password',
      '-ERR AUTH <password> called without any password configured\r\n+PONG\r\n',
      { state: 'wrong', reason: 'it runs without a password' },
    ],
    [
      'data that it still reads',
      '+OK\r\n-LOADING Valkey is loading the dataset in memory\r\n',
      { state: 'waiting', reason: 'it is starting up' },
    ],
    [
      'another protocol',
      'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
      { state: 'waiting', reason: 'it answers with an error' },
    ],
    ['no lines at all', 'x'.repeat(9_000), { state: 'waiting', reason: 'it answers with an error' }],
  ])('tells a Valkey that has %s', async (_what, answer, expected) => {
    expect(await ready('valkey', await answering(lines(answer)))).toMatchObject(expected);
  });

  it('waits for a Valkey that cuts off, or is not there', async () => {
    for (const port of [
      await answering((socket) => socket.destroy()),
      await answering((socket) => void socket.end('+OK\r\n')),
      1,
    ])
      expect(await ready('valkey', port)).toEqual({ state: 'waiting', reason: 'no answer yet' });
  });

  it.each<[string, string, object]>([
    ['200', 'Content-Length: 2\r\n\r\nok', { state: 'ready' }],
    [
      '302',
      'Location: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n',
      { state: 'waiting', reason: 'HTTP 302' },
    ],
    ['503', 'Content-Length: 0\r\n\r\n', { state: 'waiting', reason: 'HTTP 503' }],
    ['200', 'Content-Length: 9\r\n\r\nbreaks', { state: 'waiting', reason: 'no answer yet' }],
  ])('takes HTTP %s for what it is: %j', async (status, rest, expected) => {
    const port = await answering((socket) => void socket.end(`HTTP/1.1 ${status} Words\r\n${rest}`));
    expect(await ready('http', port)).toMatchObject(expected);
  });

  it('gives up what never ends', async () => {
    const silent = await answering(() => undefined);
    const endless = await answering(lines('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nslow'));
    for (const found of await Promise.all([ready('valkey', silent), ready('http', endless)]))
      expect(found).toEqual({ state: 'waiting', reason: 'no answer yet' });
  }, 10_000);
});
