import { ApplicationFailure } from '@temporalio/common';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { z } from 'zod';
import { prove } from '../../activities/runtime';
import { unforeseen } from '../../contracts/core/failures';
import { wordsOf } from '../../contracts/core/foreign-words';
import { Secret } from '../../contracts/core/secret';
import { withSecretScope } from '../../contracts/core/secret-scope';
import { keepWords } from '../../environment/kept-words';
import { InfisicalHttp } from '../../infisical/http';
import { asFailure } from '../../infisical/problem';
import { login, Session } from '../../infisical/session';
import { parseStack } from '../../stack/compose/parse-stack';
import { checkEngine } from '../../stack/engine/check-engine';
import { connectEngine, pingEngine } from '../../stack/engine/connect-engine';
import { engineCall } from '../../stack/engine/engine-error';
import { engineTrouble } from '../../stack/engine/engine-trouble';
import { probe, type ProbeResult } from '../../stack/engine/probe';
import { removeStack } from '../../stack/engine/remove-stack';
import { createContainer, startContainer } from '../../stack/engine/start-container';
import { answer, startStub } from '../infisical/stub-server';
import { formsIn, twelveForms } from './twelve-forms';

const secret = 'c@nary/Zq7-5f1c9e+';
const forms = Object.entries(twelveForms(secret));

/** Everything of an error that a history, a log or a console could show. */
const shown = (error: unknown) => inspect(error, { depth: 10, showHidden: true });

async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => undefined,
    (error: unknown) => asFailure(error, 'a step'),
  );
}

// Who wants a secret out: a server that repeats what it was sent, in an answer that it hopes we quote.
describe('an Infisical that repeats secrets', () => {
  const STATUSES = [400, 401, 403, 404, 409, 422, 429, 500, 502];

  it.each(STATUSES)('gets none of twelve forms into a failure by an answer %i', async (status) => {
    for (const [form, written] of forms) {
      for (const body of [
        { message: `no: ${written}`, error: written },
        { message: [{ path: [written], message: written }] },
      ]) {
        await using stub = await startStub((_, response) =>
          answer(response, status, body, { 'retry-after': '1' }),
        );
        const failure = await failureOf(
          new Session(new InfisicalHttp(stub.address), new Secret(secret)).get('/api/v1/things', z.unknown()),
        );
        expect({ form, found: formsIn(shown(failure), secret) }).toEqual({ form, found: [] });
        expect(wordsOf(failure)).not.toEqual([]);
      }
    }
  });

  it.each([
    ['a client secret in a refused login', 401],
    ['a client secret in an internal error', 500],
  ])('gets %s nowhere but into the file of its words, where it is hidden too', async (_, status) => {
    const stateDir = await mkdtemp(join(tmpdir(), 'words-'));
    const folder = join(stateDir, 'trouble');
    for (const [form, written] of forms) {
      await using stub = await startStub((_, response) => answer(response, status, { message: written }));
      await withSecretScope(async () => {
        const identity = { clientId: 'id', clientSecret: new Secret(secret) };
        const failure = await failureOf(login(new InfisicalHttp(stub.address), identity));
        await keepWords(stateDir, failure);
        expect({ form, found: formsIn(shown(failure), secret) }).toEqual({ form, found: [] });
        expect(shown(failure)).toContain(`What Infisical said is in ${folder}/infisical.txt`);
      });
    }
    for (const name of await readdir(folder))
      expect(formsIn(await readFile(join(folder, name), 'utf8'), secret)).toEqual([]);
    await rm(stateDir, { recursive: true });
  });

  it('gets nothing out by a broken body, a page, a redirect or the fields of an answer', async () => {
    for (const [form, written] of forms) {
      const answers: [number, Record<string, string>, string][] = [
        [200, { 'content-type': 'application/json' }, `{"a":"${written}`],
        [403, { 'content-type': 'application/json' }, `{"message":"${written}`],
        [200, { 'content-type': 'text/html' }, `<p>${written}</p>`],
        [503, { 'content-type': 'text/plain' }, written],
        [
          302,
          {
            location: `https://${Buffer.from(secret).toString('hex')}.example/${encodeURIComponent(written)}`,
          },
          '',
        ],
        [200, { 'content-type': 'application/json' }, JSON.stringify({ name: 1, [written]: written })],
      ];
      for (const [status, headers, body] of answers) {
        await using stub = await startStub((_, response) => response.writeHead(status, headers).end(body));
        const http = new InfisicalHttp(stub.address);
        const call = { method: 'GET', route: '/api/v1/things' } as const;
        const failure = await failureOf(http.send(call, z.object({ name: z.string() })));
        expect({ form, status, found: formsIn(shown(failure), secret) }).toEqual({ form, status, found: [] });
        expect(failure).toBeInstanceOf(Error);
      }
    }
  });

  it('gets nothing out by an overlong value across any cut', async () => {
    const long = `s3cret-${'x7'.repeat(40_000)}`;
    await using stub = await startStub((_, response) =>
      answer(response, 400, { message: `${'a'.repeat(290)}${long}` }),
    );
    const failure = await failureOf(
      new Session(new InfisicalHttp(stub.address), new Secret(long)).get('/api/v1/things', z.unknown()),
    );
    expect(shown(failure)).not.toContain('x7x7');
  });
});

it('the search finds each form', () => {
  for (const [form, written] of forms) expect(formsIn(`said (${written}).`, secret)).toContain(form);
  expect(formsIn('nothing of it', secret)).toEqual([]);
});

// Who wants a secret out: an engine, or whoever answers in its place, that repeats what a container was given.
describe('an engine that repeats secrets', () => {
  const stack = parseStack('name: demo\nservices: { app: { image: app:1, ports: ["127.0.0.1:80:80"] } }', {
    file: '/srv/stack.yml',
    lookup: () => undefined,
  });
  const service = stack.services['app']!;
  const spec = { image: 'app:1', labels: {} };

  async function engineSaying(status: number, body: unknown) {
    const stub = await startStub((_, response) => answer(response, status, body));
    const engine = connectEngine({ engine: { host: stub.address.replace('http', 'tcp') } });
    return { engine, [Symbol.asyncDispose]: () => stub[Symbol.asyncDispose]() };
  }

  it.each([400, 401, 404, 409, 500, 503])('gets nothing into a failure by an answer %i', async (status) => {
    const sayings = ['', 'unable to find user ', 'port is already allocated '];
    for (const [index, [form, written]] of forms.entries()) {
      const message = `${sayings[(index + status) % 3]}${written}`;
      await using stub = await engineSaying(status, { message });
      const { engine } = stub;
      const calls: (() => Promise<unknown>)[] = [
        () => createContainer(engine, stack, service, spec),
        () => startContainer(engine, stack, service, 'c1'),
        () =>
          checkEngine(engine, stack, {
            environment: 'dev',
            stateDir: '/nowhere',
            variables: new Map(),
            note: () => {},
          }),
        () => removeStack(engine, { environment: 'dev', tag: 't', project: 'demo' }, { volumes: true }),
      ];
      for (const call of calls) {
        const error = await engineCall(call).catch((thrown: unknown) => thrown);
        const failure = error instanceof ApplicationFailure ? error : unforeseen('The step', error, false);
        expect({ form, found: formsIn(shown(failure), secret) }).toEqual({ form, found: [] });
      }
      const ping = await pingEngine(engine);
      const trouble = await engineTrouble({ engine: { host: 'tcp://127.0.0.1:1' } }, ping);
      expect(formsIn(shown([ping, trouble]), secret)).toEqual([]);
    }
  });

  it('gets nothing out by its version, or by an answer that is none', async () => {
    for (const [form, written] of forms) {
      for (const body of [{ Version: written, Components: [{ Name: 'Podman' }] }, written, [written]]) {
        await using stub = await engineSaying(200, body);
        const ping = await pingEngine(stub.engine);
        const failure = await engineTrouble({ engine: { host: 'tcp://127.0.0.1:1' } }, ping);
        expect({ form, found: formsIn(shown([ping, failure]), secret) }).toEqual({ form, found: [] });
      }
    }
  });
});

describe('a service that repeats secrets', () => {
  it.each([200, 500])('gets nothing into a failure by its answer %i to /proof', async (status) => {
    for (const [form, written] of forms) {
      for (const body of [
        written,
        { [written]: { [written]: written } },
        { n: { KEY: written } },
        `{"n":${written}`,
      ]) {
        await using stub = await startStub((_, response) =>
          response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body)),
        );
        const files = [{ node: 'n', service: 's', values: { KEY: secret } }];
        const failure = await prove(stub.address, 's', files, new Secret('k')).catch(
          (error: unknown) => error,
        );
        expect(failure).toBeInstanceOf(ApplicationFailure);
        expect({ form, found: formsIn(shown(failure), secret) }).toEqual({ form, found: [] });
      }
    }
  });

  it('gets nothing out while it is waited for', async () => {
    for (const [form, written] of forms) {
      const server = createServer((socket) => {
        socket.on('error', () => undefined).on('data', () => void socket.end(`-ERR ${written}\r\n`));
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      for (const ready of [
        { protocol: 'valkey', port },
        { protocol: 'postgres', port, user: 'u', database: 'd', password: 'p' },
        { protocol: 'http', port, path: '/' },
      ] as const) {
        const { state, ...result } = (await probe(ready, new Secret(secret))) as ProbeResult & {
          reason?: string;
        };
        expect({ form, state, found: formsIn(result.reason ?? '', secret) }).toEqual({
          form,
          state: 'waiting',
          found: [],
        });
      }
      server.close();
    }
  });
});
