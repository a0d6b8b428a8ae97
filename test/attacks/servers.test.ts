import type Docker from 'dockerode';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prove } from '../../activities/runtime';
import { Secret } from '../../contracts/core/secret';
import { infisicalClock } from '../../environment/machine';
import { InfisicalHttp } from '../../infisical/http';
import { readInstance, readStatus } from '../../infisical/server';
import { login } from '../../infisical/session';
import { HandlerInfisical } from '../../reads/handler-infisical';
import { handlerFromEnvironment } from '../../reads/handler-from-environment';
import { whyNotPublished } from '../../stack/engine/ports';
import { probe } from '../../stack/engine/probe';
import { answer, startStub } from '../infisical/stub-server';
import { hostIn } from '../support/declared';
import { freePort } from '../support/local-services';

const NOBODY = 65_534;
const asRoot = process.getuid?.() === 0 ? it : it.skip; // only root can be somebody else
const CANARY = 'canary-of-a-credential';
const identity = { clientId: 'client', clientSecret: new Secret(CANARY) };
const variables = {
  INFISICAL_CLIENT_ID: 'client',
  INFISICAL_CLIENT_SECRET: CANARY,
  INFISICAL_PROJECT_ID: 'project',
};

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'onex-attack-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** The environment as a shell with these variables has it. */
const reading = (flags: Record<string, string | boolean>, given: Record<string, string> = variables) =>
  hostIn(folder, given).forReading('dev', flags);

describe('an address that credentials do not go to', () => {
  it.each([
    ['http://user:pw-canary@127.0.0.1:8080', 'without a user or password in it'],
    ['https://user@s.example', 'without a user or password in it'],
    ['http://s.example', 'in clear'],
    ['http://10.0.0.5:8080', 'in clear'],
    ['http://127.0.0.1.evil.example', 'in clear'],
    ['http://localhost.evil.example', 'in clear'],
    ['http://[::ffff:10.0.0.5]:8080', 'in clear'],
    ['https://s.example/?token=pw-canary', 'without "?" and "#"'],
    ['ftp://s.example', 'an address like https://'],
  ])('is refused by every way to name it, and no password of it is shown: %s', async (address, why) => {
    const settings = { host: address, client_id: 'c', client_secret: CANARY, project_id: 'p' };
    const ways: (() => unknown)[] = [
      () => hostIn(folder).declare({ environment: 'dev', flags: { infisical: address } }),
      () => reading({ infisical: address }),
      () => HandlerInfisical.create(settings),
      () => handlerFromEnvironment({ ...variables, INFISICAL_ADDR: address }),
      () => new InfisicalHttp(address),
    ];
    for (const way of ways) {
      const refused = await Promise.resolve()
        .then(way)
        .then(
          () => 'nothing',
          ({ message }: Error) => message,
        );
      expect(refused).toContain(why);
      expect(refused).not.toContain('pw-canary');
    }
  });

  it('is spoken to in clear where that is insisted on', async () => {
    const clear = 'http://10.0.0.5:8080';
    const given = { ...variables, INFISICAL_ADDR: clear, INFISICAL_INSECURE_HTTP: 'true' };
    expect(() => handlerFromEnvironment(given, { audit: { record: () => {} } })).not.toThrow();
    expect((await reading({ infisical: clear, insecureHttp: true })).external).toBe(clear);
    await hostIn(folder).declare({ environment: 'qa', flags: { infisical: clear, insecureHttp: true } });
    // what was insisted on for one server is not said of another
    const other = hostIn(folder).declare({ environment: 'qa', flags: { infisical: 'http://10.0.0.6' } });
    await expect(other).rejects.toThrow('in clear');
  });
});

describe('another local user who listens where Infisical did', () => {
  let thief: ChildProcess;
  let got: string;

  /** Listens as somebody else, and keeps all that it hears. */
  async function listen(bind: string): Promise<number> {
    const port = await freePort();
    const code = `require('net').createServer((s) => { s.on('error', () => {}); s.on('data', (d) => process.stdout.write(d)); s.on('data', () => s.end('HTTP/1.1 200 OK\\r\\ncontent-type: application/json\\r\\n\\r\\n{"accessToken":"t"}')); }).listen(${port}, '${bind}', () => process.stdout.write('up '))`;
    thief = spawn(process.execPath, ['-e', code], { uid: NOBODY, gid: NOBODY, cwd: '/' });
    got = '';
    thief.stdout?.on('data', (chunk: Buffer) => (got += chunk.toString()));
    await once(thief.stdout!, 'data');
    return port;
  }
  afterEach(() => thief?.kill('SIGKILL'));

  asRoot.each(['127.0.0.1', '0.0.0.0', '::', '::ffff:127.0.0.1'])('gets no login: %s', async (bind) => {
    const port = await listen(bind);
    for (const host of ['127.0.0.1', 'localhost']) {
      const attempt = login(new InfisicalHttp(`http://${host}:${port}`), identity);
      await expect(attempt).rejects.toMatchObject({
        problem: { kind: 'unavailable', reason: 'listener' },
        message: expect.stringContaining(`a process of the user ${NOBODY} listens`),
      });
    }
    const handler = handlerFromEnvironment(
      { ...variables, INFISICAL_ADDR: `http://127.0.0.1:${port}` },
      { audit: { record: () => {} } },
    );
    await expect(handler.getSecret({ secret_name: 'KEY' })).rejects.toThrow('INFISICAL_INSECURE_HTTP=true');
    expect(got).toBe('up ');
  });

  asRoot('gets no password of a database or cache either', async () => {
    const at = { host: '127.0.0.1', port: await listen('127.0.0.1') };
    const waiting = { state: 'waiting', reason: expect.stringContaining(`the user ${NOBODY}`) };
    const postgres = { protocol: 'postgres', user: 'u', database: 'd', password: 'p', ...at } as const;
    expect(await probe(postgres, new Secret(CANARY))).toMatchObject(waiting);
    const valkey = { protocol: 'valkey', password: 'p', ...at } as const;
    expect(await probe(valkey, new Secret(CANARY))).toMatchObject(waiting);
    expect(got).toBe('up ');
  });

  asRoot('is spoken to where it is insisted on: an Infisical may run as a user of its own', async () => {
    const port = await listen('127.0.0.1');
    await login(new InfisicalHttp(`http://127.0.0.1:${port}`, { insecureHttp: true }), identity);
    expect(got).toContain(CANARY);
  });

  it.each([
    ['none runs', [], /no container of dev has the port 8881/],
    ['it has another port', [{ PublicPort: 8882 }], /no container of dev has the port 8881/],
    ['it has the port', [{ PublicPort: 8881 }], /^nothing$/],
  ])('is told by the engine from our own container: %s', async (_, ports, said) => {
    let asked: unknown;
    const listContainers = (options: unknown) => {
      asked = options;
      return Promise.resolve(ports.map((port) => ({ Ports: [port] })));
    };
    const engine = { listContainers } as unknown as Docker;
    const why = await whyNotPublished(engine, { environment: 'dev', stateDir: join(folder, 'dev') }, 8881);
    expect(why ?? 'nothing').toMatch(said);
    const label = ['onex.environment=dev', expect.stringMatching(/^onex.installation=onex-bootstrap \w+/)];
    expect(asked).toMatchObject({ filters: { label, status: ['running'] } });
  });

  it('is nobody where the stack says that its container is not there: nothing is sent', async () => {
    let requests = 0;
    await using stub = await startStub((_, response) => (requests++, answer(response, 200, {})));
    const whyNotOurs = () => Promise.resolve('no container of dev has that port');
    const attempt = login(new InfisicalHttp(stub.address, { whyNotOurs }), identity);
    await expect(attempt).rejects.toThrow('no container of dev has that port');
    expect(requests).toBe(0);
  });
});

describe('a server that redirects', () => {
  it.each([301, 302, 303, 307, 308])('leads nobody to another one: %d', async (status) => {
    let [requests, elsewhere] = [0, 0];
    await using target = await startStub((_, response) => (elsewhere++, answer(response, 200, {})));
    await using stub = await startStub(({ url = '' }, response) => {
      requests++;
      response.writeHead(status, { location: `${target.address}${url}` }).end();
    });
    const http = new InfisicalHttp(stub.address);
    const { port } = new URL(stub.address);
    const handler = handlerFromEnvironment(
      { ...variables, INFISICAL_ADDR: stub.address },
      { audit: { record: () => {} } },
    );
    const ways: (() => Promise<unknown>)[] = [
      () => readStatus(http),
      () => readInstance(http),
      () => http.has('GET', '/api/v4/secrets'),
      () => login(http, identity),
      () => handler.getSecret({ secret_name: 'KEY' }),
      () => handler.listSecrets({}),
      () => infisicalClock(stub.address),
      () => probe({ protocol: 'http', host: '127.0.0.1', port: Number(port), path: '/' }, undefined),
      () => prove(stub.address, 'svc', [], new Secret(CANARY)),
    ];
    for (const [index, way] of ways.entries()) {
      const before = requests;
      await way().catch(() => undefined);
      expect([index, requests > before, elsewhere]).toEqual([index, true, 0]);
    }
  });
});
