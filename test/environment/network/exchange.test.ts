import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { exchange, type Exchange } from '../../../environment/network/exchange';

const patience = () => AbortSignal.timeout(5_000);

describe('one request and its answer', () => {
  it('is what was sent, and the whole of what came back', async () => {
    const { status, headers, text } = await answeredBy(
      (asked, answer) => {
        let body = '';
        asked.on('data', (chunk) => (body += chunk));
        asked.on('end', () => {
          answer.writeHead(201, { 'content-type': 'application/json', 'x-one': 'here' });
          const { method, url, headers } = asked;
          const said = { method, url, length: headers['content-length'], agent: headers['user-agent'], body };
          for (const byte of Buffer.from(JSON.stringify(said))) answer.write(Buffer.of(byte));
          answer.end();
        });
      },
      { method: 'DELETE', headers: { 'user-agent': 'a test' }, body: '{"key":"Größe"}' },
    );
    expect([status, headers['x-one']]).toEqual([201, 'here']);
    expect(JSON.parse(text)).toEqual({
      method: 'DELETE',
      url: '/path?query=1',
      length: '17',
      agent: 'a test',
      body: '{"key":"Größe"}',
    });
  });

  it('is a redirect where the server answers one', async () => {
    const moved = await answeredBy((_, answer) => answer.writeHead(302, { location: 'http://other' }).end());
    expect([moved.status, moved.headers.location]).toEqual([302, 'http://other']);
  });

  it.each([
    ['packed', { 'content-encoding': 'gzip' }, gzipSync('{"a":"ä"}')],
    ['packed, by another spelling', { 'content-encoding': 'X-GZIP' }, gzipSync('{"a":"ä"}')],
    ['with a byte order mark', {}, Buffer.from('\ufeff{"a":"ä"}')],
  ])('is text: %s', async (_, headers, bytes) => {
    const { text } = await answeredBy((_, answer) => answer.writeHead(200, headers).end(bytes));
    expect(text).toBe('{"a":"ä"}');
  });

  it.each([204, 304, 502])('may be nothing that is said to be packed: %d', async (code) => {
    const headers = { 'content-encoding': 'gzip' };
    const { status, text } = await answeredBy((_, answer) => answer.writeHead(code, headers).end());
    expect([status, text]).toEqual([code, '']);
  });

  it.each<[string, (asked: IncomingMessage, answer: ServerResponse) => unknown]>([
    ['no answer', (asked) => asked.socket.destroy()],
    [
      'half an answer',
      (asked, answer) => {
        answer.writeHead(200, { 'content-length': '100' });
        answer.write('half', () => asked.socket.destroy());
      },
    ],
    [
      'a switch to another protocol',
      (asked) =>
        asked.socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: a\r\n\r\n'),
    ],
  ])('is an error with a code where there is %s', async (_, serve) => {
    await expect(answeredBy(serve)).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it.each<[string, (asked: IncomingMessage, answer: ServerResponse) => unknown]>([
    ['no answer comes', () => undefined],
    ['its answer does not end', (_, answer) => answer.writeHead(200).write('half')],
  ])('ends with its signal while %s', async (_, serve) => {
    const signal = AbortSignal.timeout(100);
    await expect(answeredBy(serve, { signal })).rejects.toMatchObject({ name: 'TimeoutError' });
  });

  it('goes by a connection that is open, until that has been silent', async () => {
    const ports = new Set<number | undefined>();
    const server = createServer((asked, answer) => {
      ports.add(asked.socket.remotePort);
      answer.end();
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    server.keepAliveTimeout = 60_000;
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = () => exchange(address, { signal: patience() });
    for (const _ of [1, 2, 3]) await ask();
    expect(ports.size).toBe(1);
    await new Promise((later) => setTimeout(later, 3_500));
    await ask();
    expect(ports.size).toBe(2);
    server.closeAllConnections();
    server.close();
  });

  it.each([
    ['GET', 'ok'],
    ['POST', 'ECONNRESET'],
  ])('meets the end of an open connection: %s', async (method, end) => {
    const seen = new WeakSet<object>();
    const server = createServer((asked, answer) => {
      if (seen.has(asked.socket)) asked.socket.destroy();
      seen.add(asked.socket);
      answer.end('ok');
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const ask = (by: string) => exchange(address, { method: by, signal: patience() });
    const open = [1, 2, 3].map(() => ask('GET'));
    expect((await Promise.all(open)).map(({ text }) => text)).toEqual(['ok', 'ok', 'ok']);
    const ended = await ask(method).then(
      ({ text }) => text,
      ({ code }: NodeJS.ErrnoException) => code,
    );
    expect(ended).toBe(end);
    server.closeAllConnections();
    server.close();
  });

  it('is not sent where nobody listens', async () => {
    await expect(exchange('http://127.0.0.1:9/', { signal: patience() })).rejects.toMatchObject({
      code: 'ECONNREFUSED',
    });
  });
});

async function answeredBy(
  serve: (asked: IncomingMessage, answer: ServerResponse) => unknown,
  asked: Partial<Exchange> = {},
) {
  const server = createServer((request, answer) => void serve(request, answer)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const { port } = server.address() as AddressInfo;
    return await exchange(`http://127.0.0.1:${port}/path?query=1`, { signal: patience(), ...asked });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
