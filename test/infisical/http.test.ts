import { z } from 'zod';
import { wordsOf } from '../../contracts/core/foreign-words';
import { InfisicalError } from '../../infisical/problem';
import { InfisicalHttp } from '../../infisical/http';
import { Secret } from '../../contracts/core/secret';
import { answer, startStub } from './stub-server';

const call = {
  method: 'POST',
  route: '/api/v1/things/:id',
  params: { id: 'a b' },
  body: { value: 'hush-hush' },
} as const;
const anything = z.unknown();

async function failure(promise: Promise<unknown>): Promise<InfisicalError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InfisicalError)) throw new Error(`not an InfisicalError: ${String(error)}`);
  return error;
}

describe('InfisicalHttp', () => {
  it('keeps a sub-path of the address and sends token, body and user agent', async () => {
    const seen: unknown[] = [];
    await using stub = await startStub(({ url, headers, text }, response) => {
      seen.push(url, headers.authorization, headers['user-agent'], text);
      answer(response, 200, { ok: true });
    });
    const http = new InfisicalHttp(`${stub.address}/infisical/`);
    await expect(http.send(call, z.object({ ok: z.boolean() }), new Secret('t0ken'))).resolves.toEqual({
      ok: true,
    });
    expect(seen).toEqual([
      '/infisical/api/v1/things/a%20b',
      'Bearer t0ken',
      'onex-bootstrap',
      '{"value":"hush-hush"}',
    ]);
  });

  it.each([
    [
      404,
      { message: 'Route GET:/api/v4/secrets not found', error: 'Not Found' },
      {},
      { kind: 'routeMissing' },
    ],
    [404, { message: 'Folder not found', error: 'NotFound' }, {}, { kind: 'notFound' }],
    [
      404,
      { message: 'The requested entity is not found', error: 'Session not found' },
      {},
      { kind: 'tokenExpired' },
    ],
    [
      403,
      { message: 'You are not allowed to create on secrets', error: 'PermissionDenied' },
      {},
      { kind: 'forbidden' },
    ],
    [403, { message: 'Your token has expired.', error: 'TokenError' }, {}, { kind: 'tokenExpired' }],
    [
      401,
      { message: 'No identity access token found', error: 'UnauthorizedError' },
      {},
      { kind: 'tokenExpired' },
    ],
    [
      401,
      { message: 'This identity auth method is temporarily locked, please try again later', error: 'U' },
      {},
      { kind: 'lockedOut' },
    ],
    [
      401,
      { message: [{ path: ['secretValue'], message: 'Required' }], error: 'ValidationFailure' },
      {},
      { kind: 'invalid' },
    ],
    [
      422,
      { message: [{ path: ['slug'], message: 'bad' }], error: 'ValidationFailure' },
      {},
      { kind: 'invalid' },
    ],
    [400, { message: 'Secret already exist: B2', error: 'BadRequest' }, {}, { kind: 'conflict' }],
    [400, { message: 'Instance has already been set up', error: 'BadRequest' }, {}, { kind: 'conflict' }],
    [
      400,
      { message: 'Failed to add universal auth to already configured identity', error: 'BadRequest' },
      {},
      { kind: 'conflict' },
    ],
    [400, { message: 'Project limit reached', error: 'BadRequest' }, {}, { kind: 'invalid' }],
    [
      429,
      { message: 'Rate limit exceeded. Please try again in 7 seconds', error: 'R' },
      {},
      { kind: 'rateLimited', retryAfterSeconds: 7 },
    ],
    [
      500,
      { message: 'Something went wrong', error: 'InternalServerError' },
      { 'retry-after': '60' },
      { kind: 'rateLimited', retryAfterSeconds: 60 },
    ],
    [
      500,
      { message: 'Something went wrong', error: 'Create' },
      {},
      { kind: 'unavailable', reason: 'server' },
    ],
  ])('reads %i %j', async (status, body, headers, problem) => {
    await using stub = await startStub((_, response) => answer(response, status, body, headers));
    const error = await failure(new InfisicalHttp(stub.address).send(call, anything, new Secret('t')));
    expect(error).toMatchObject({ problem, status });
    expect(error.message).toContain(`POST /api/v1/things/:id: ${status}`);
    expect(error.message).not.toContain('hush-hush');
  });

  it.each([
    ['2.5', 2.5],
    ['0', 0],
    [new Date(Date.now() + 3_000_000).toUTCString(), 3_000],
    ['soon', 10],
  ])('reads when to come again from Retry-After: %s', async (retryAfter, seconds) => {
    await using stub = await startStub((_, response) =>
      answer(response, 429, { message: 'too many' }, { 'retry-after': retryAfter }),
    );
    const { problem } = await failure(new InfisicalHttp(stub.address).send(call, anything));
    const told = problem.kind === 'rateLimited' ? problem.retryAfterSeconds : NaN;
    expect(Math.abs(told - seconds)).toBeLessThanOrEqual(seconds / 50); // a date is of a moment ago
  });

  it('takes a refused login for bad credentials, not for a dead token', async () => {
    await using stub = await startStub((_, response) =>
      answer(response, 401, { message: 'Invalid credentials', error: 'UnauthorizedError' }),
    );
    expect((await failure(new InfisicalHttp(stub.address).send(call, anything))).kind).toBe('unauthorised');
  });

  it.each([200, 404, 502])('recognises a web page with status %i', async (status) => {
    await using stub = await startStub((_, response) =>
      response
        .writeHead(status, { 'content-type': 'text/html' })
        .end('<!doctype html><title>Infisical</title>'),
    );
    const error = await failure(new InfisicalHttp(stub.address).send(call, anything));
    expect(error.problem).toEqual({ kind: 'unavailable', reason: status === 502 ? 'server' : 'page' });
    expect(error.message).not.toContain('doctype');
  });

  it.each([
    '<html><head><title>400 The plain HTTP request was sent to HTTPS port</title></head></html>',
    "<p>Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />Instead use the HTTPS scheme",
    'Client sent an HTTP request to an HTTPS server.\n',
  ])('says that https is spoken where a server says %j', async (words) => {
    await using stub = await startStub((_, response) =>
      response.writeHead(400, { 'content-type': 'text/html' }).end(words),
    );
    const error = await failure(new InfisicalHttp(stub.address).send(call, anything));
    expect(error.problem).toEqual({ kind: 'unavailable', reason: 'address' });
    expect(error.message).toContain(`${stub.address} speaks https there. Correct the address`);
  });

  it.each([
    ['https://secrets.example.com/api?x=1', 'another server: use its address'],
    ['https://127.0.0.1/api?x=1', 'https://127.0.0.1: use that address'],
    ['/login?x=1', 'another path'],
  ])('does not follow a redirect to %s, and repeats no address of it', async (location, told) => {
    await using stub = await startStub((_, response) => response.writeHead(308, { location }).end());
    const error = await failure(new InfisicalHttp(stub.address).send(call, anything));
    expect(error.kind).toBe('redirected');
    expect(error.message).toBe(`POST /api/v1/things/:id: 308 redirects to ${told}`);
    expect(wordsOf(error)).toEqual([{ of: 'Infisical', text: location }]);
  });

  it('gives up on a slow body at the deadline', async () => {
    await using stub = await startStub((_, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).write('{"ok":'),
    );
    const error = await failure(new InfisicalHttp(stub.address).send({ ...call, deadline: 100 }, anything));
    expect(error.problem).toEqual({ kind: 'unavailable', reason: 'deadline' });
  });

  it.each(['cut body', 'lost response', 'nobody listening'])(
    'says that the server is away: %s',
    async (how) => {
      await using stub = await startStub((_, response) => {
        if (how === 'cut body')
          response.writeHead(200, { 'content-type': 'application/json' }).end('{"secret":"hush-hu');
        else response.destroy();
      });
      const address = how === 'nobody listening' ? 'http://127.0.0.1:2' : stub.address;
      const error = await failure(new InfisicalHttp(address).send(call, anything));
      expect(error.problem).toEqual({ kind: 'unavailable', reason: 'network' });
      expect(`${error.message} ${error.stack}`).not.toContain('hush-hu');
    },
  );

  it('names the field of an answer that it does not know', async () => {
    await using stub = await startStub((_, response) => answer(response, 200, { project: { name: 'x' } }));
    const schema = z.object({ project: z.object({ id: z.string() }) });
    const error = await failure(new InfisicalHttp(stub.address).send(call, schema));
    expect(error.kind).toBe('unexpected');
    expect(error.message).toContain('project.id');
  });

  it('takes an empty answer where the route says nothing, and nowhere else', async () => {
    await using stub = await startStub((_, response) => response.writeHead(200).end());
    const http = new InfisicalHttp(stub.address);
    await expect(http.send(call, anything.optional())).resolves.toBeUndefined();
    expect((await failure(http.send(call, anything))).message).toContain('a page, not JSON');
  });

  it('stops when its caller is cancelled', async () => {
    await using stub = await startStub(() => undefined);
    const controller = new AbortController();
    const sending = new InfisicalHttp(stub.address, { signal: controller.signal }).send(call, anything);
    controller.abort(new Error('cancelled'));
    await expect(sending).rejects.toThrow('cancelled');
  });

  it('reports every request, failed ones too', async () => {
    await using stub = await startStub((_, response) => answer(response, 500, {}));
    const log: unknown[] = [];
    const http = new InfisicalHttp(stub.address, { onRequest: (record) => log.push(record) });
    await failure(http.send(call, anything));
    expect(log).toEqual([
      { method: 'POST', route: '/api/v1/things/:id', status: 500, milliseconds: expect.any(Number) },
    ]);
  });
});
