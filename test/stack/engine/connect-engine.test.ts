import { createServer, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { inspect } from 'node:util';
import { join } from 'node:path';
import { connectEngine, pingEngine, type Ping } from '../../../stack/engine/connect-engine';
import { engineCall } from '../../../stack/engine/engine-error';
import { endingOf } from '../../../stack/engine/containers';
import { temporaryFolder } from '../../environment/files/temporary-folder';

describe('a call whose answer breaks off in the middle', () => {
  /** An engine that begins each answer so, and is then killed. */
  async function dyingEngine(folder: string, begin: (answer: ServerResponse) => void) {
    const socket = join(folder, 'docker.sock');
    const server = createServer((_request, answer) => {
      begin(answer);
      setTimeout(() => answer.socket?.destroy(), 50);
    }).listen(socket);
    await once(server, 'listening');
    return { engine: connectEngine({ engine: { host: `unix://${socket}` } }), stop: () => server.close() };
  }

  it.each([
    ['after its head', (answer: ServerResponse) => answer.writeHead(200).flushHeaders()],
    ['within its body', (answer: ServerResponse) => void answer.writeHead(200).write('[{"Id": "ab')],
    ['before its head', () => undefined],
  ])('fails as a lost engine does: %s', async (_moment, begin) => {
    await using folder = await temporaryFolder();
    const { engine, stop } = await dyingEngine(folder.path, begin);
    await expect(engine.listContainers()).rejects.toMatchObject({ code: 'ECONNRESET' });
    const failure = await engineCall(() => engine.listContainers()).catch((error: unknown) => error);
    const details = [{ lost: { kind: 'engine' } }];
    expect(failure).toMatchObject({ type: 'Unavailable', nonRetryable: false, details });
    stop();
  });

  it('costs nothing but the call: the library prints what an agent holds, in full depth, each time', async () => {
    await using folder = await temporaryFolder();
    const { engine, stop } = await dyingEngine(folder.path, (answer) => answer.writeHead(200).end('[]'));
    const agent = (engine.modem as { agent?: object }).agent ?? {};
    await Promise.all(Array.from({ length: 20 }, () => engine.listContainers()));
    expect(inspect(agent, { showHidden: true, depth: null })).toBe('EngineAgent');
    stop();
  });

  it('is told by who watches for the end of a container, unless it has stopped watching', async () => {
    await using folder = await temporaryFolder();
    const { engine, stop } = await dyingEngine(folder.path, (answer) => answer.writeHead(200).flushHeaders());
    const watching = endingOf(engine, 'c1', new AbortController().signal);
    expect(await watching).toEqual({ lost: expect.objectContaining({ code: 'ECONNRESET' }) });
    let ended = false;
    const stopped = new AbortController();
    void endingOf(engine, 'c1', stopped.signal).then(() => (ended = true));
    stopped.abort();
    await new Promise((later) => setTimeout(later, 200));
    expect(ended).toBe(false);
    stop();
  });
});

describe('an engine that is pinged', () => {
  /** By path: the status, the head that names its server, and its body; 404 elsewhere. */
  type Answers = Record<string, { status?: number; server?: string; body?: object }>;
  const DOCKER = { Version: '24.0.7', Components: [{ Name: 'Engine' }] };
  const PODMAN = { Version: '4.3.1', Components: [{ Name: 'Podman Engine' }] };

  it.each<[string, Answers, Ping, string[]]>([
    [
      'of Docker by the head of its answer',
      { '/_ping': { server: 'Docker/20.10.24+dfsg1 (linux)' } },
      { state: 'alive', version: '20.10.24' },
      ['/_ping'],
    ],
    [
      'of Podman by the head of its answer',
      { '/_ping': { server: 'Libpod/5.4.2 (linux)' } },
      { state: 'podman', version: '5.4.2' },
      ['/_ping'],
    ],
    [
      'behind something that gives itself for the server',
      { '/_ping': { server: 'nginx' }, '/version': { body: DOCKER } },
      { state: 'alive', version: '24.0.7' },
      ['/_ping', '/version'],
    ],
    [
      'that keeps its server to itself',
      { '/_ping': {}, '/version': { body: PODMAN } },
      { state: 'podman', version: '4.3.1' },
      ['/_ping', '/version'],
    ],
    [
      'behind a proxy that lets no ping through',
      { '/_ping': { status: 403 }, '/version': { body: DOCKER } },
      { state: 'alive', version: '24.0.7' },
      ['/_ping', '/version'],
    ],
    [
      'that lets nothing through',
      { '/_ping': { status: 403 }, '/version': { status: 403 } },
      { state: 'dead', reason: 'HTTP 403' },
      ['/_ping', '/version'],
    ],
  ])('is known: one %s', async (_, answers, ping, paths) => {
    await using folder = await temporaryFolder();
    const socket = join(folder.path, 'docker.sock');
    const asked: string[] = [];
    const engine = createServer(({ url = '' }, answer) => {
      asked.push(url);
      const { status = 200, server, body = {} } = answers[url] ?? { status: 404 };
      answer.writeHead(status, server === undefined ? {} : { server }).end(JSON.stringify(body));
    }).listen(socket);
    await once(engine, 'listening');
    expect(await pingEngine(connectEngine({ engine: { host: `unix://${socket}` } }))).toEqual(ping);
    expect(asked).toEqual(paths);
    engine.close();
  });
});
