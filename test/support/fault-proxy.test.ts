import { answer, startStub } from '../infisical/stub-server';
import { FaultProxy } from './fault-proxy';
import { answers, type Fault } from './faults';

const TEXT = 'x'.repeat(40);

describe('FaultProxy', () => {
  let stub: Awaited<ReturnType<typeof startStub>>;
  let proxy: FaultProxy;
  let seen: string[];
  beforeEach(async () => {
    seen = [];
    stub = await startStub(({ method, url, text }, response) => {
      seen.push(`${method} ${url} ${text}`);
      answer(response, 201, { text: TEXT }, { etag: 'one' });
    });
    proxy = await FaultProxy.start(stub.address);
  });
  afterEach(async () => {
    await proxy.stop();
    await stub[Symbol.asyncDispose]();
  });

  const get = (path = '/a?b=c', signal: AbortSignal = AbortSignal.timeout(5000)) =>
    fetch(`${proxy.address}${path}`, { signal });
  const failure = async (work: Promise<unknown>) => {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const { name, cause } = error as Error & { cause?: { code?: string } };
    return cause?.code ?? name;
  };

  it('passes requests on as they are, and counts them', async () => {
    const response = await fetch(`${proxy.address}/a?b=c`, { method: 'POST', body: 'body' });
    expect([response.status, response.headers.get('etag'), await response.json()]).toEqual([
      201,
      'one',
      { text: TEXT },
    ]);
    await get();
    await get('/a');
    expect(seen).toEqual(['POST /a?b=c body', 'GET /a?b=c ', 'GET /a ']);
    expect(proxy.requests).toEqual({ 'POST /a': 1, 'GET /a': 2 });
    proxy.forgetRequests();
    expect(proxy.requests).toEqual({});
  });

  it('meets a method and path, once, some times, or until cleared', async () => {
    proxy.once(answers.forbidden, 'GET', /^\/a/);
    proxy.inject(answers.notFound, { path: /^\/b/, times: 2 });
    proxy.inject(answers.serverError, { method: 'GET', path: /^\/c/ });
    const statuses: number[] = [];
    for (const path of ['/a', '/a', '/b', '/b', '/b', '/c', '/c']) statuses.push((await get(path)).status);
    expect(statuses).toEqual([403, 201, 404, 404, 201, 500, 500]);
    expect((await fetch(`${proxy.address}/c`, { method: 'POST' })).status).toBe(201);
    expect(proxy.pending).toBe(1);
    await proxy.clear();
    expect((await get('/c')).status).toBe(201);
    expect(proxy.pending).toBe(0);
  });

  it('lets the first ones pass where the n-th shall meet it, and counts what was met', async () => {
    proxy.inject(answers.serverError, { method: 'GET', path: /^\/a/, skip: 1, times: 1 });
    proxy.inject(answers.forbidden, { path: /^\/a/, skip: 3, times: 1 });
    const statuses: number[] = [];
    for (let request = 1; request <= 5; request++) statuses.push((await get('/a')).status);
    expect(statuses).toEqual([201, 500, 201, 403, 201]);
    expect(proxy.faultsMet).toEqual([
      { fault: answers.serverError, request: 'GET /a' },
      { fault: answers.forbidden, request: 'GET /a' },
    ]);
    expect(proxy.pending).toBe(0);
    proxy.forgetRequests();
    expect(proxy.faultsMet).toEqual([]);
  });

  it('spares the probe of the bootstrap route, where it is not asked to count it', async () => {
    const probe = async () =>
      (await fetch(`${proxy.address}/api/v1/admin/bootstrap`, { method: 'POST', body: '{}' })).status;
    proxy.inject(answers.forbidden, { method: 'POST' });
    expect(await probe()).toBe(201);
    proxy.inject(answers.serverError, { method: 'POST', probes: true });
    expect(await probe()).toBe(500);
  });

  it('refuses connections, and takes them again at the same address', async () => {
    await get();
    await proxy.refuse();
    expect(await failure(get())).toBe('ECONNREFUSED');
    await proxy.clear();
    expect((await get()).status).toBe(201);
  });

  it('breaks the connection before the server has the request, or after', async () => {
    proxy.once({ kind: 'reset' }, 'GET', /before/);
    proxy.once({ kind: 'reset after commit' }, 'GET', /after/);
    expect(await failure(get('/before'))).toBe('ECONNRESET');
    expect(seen).toEqual([]);
    expect(await failure(get('/after'))).toBe('ECONNRESET');
    expect(seen).toEqual(['GET /after ']);
    expect(proxy.requests).toEqual({ 'GET /before': 1, 'GET /after': 1 });
  });

  it('holds the headers back', async () => {
    proxy.inject({ kind: 'slow headers', milliseconds: 300 });
    expect(await failure(get('/a', AbortSignal.timeout(100)))).toBe('TimeoutError');
    expect(await (await get()).json()).toEqual({ text: TEXT });
  });

  it.each<[string, Fault]>([
    ['dribbled', { kind: 'dribbled body', everyMilliseconds: 50 }],
    ['stalled', { kind: 'stalled body' }],
  ])('sends the headers at once, but a %s body', async (_, fault) => {
    proxy.once(fault, 'GET', /a/);
    const response = await get('/a', AbortSignal.timeout(400));
    expect(response.status).toBe(201);
    expect(await failure(response.text())).toBe('TimeoutError');
    expect((await get()).status).toBe(201);
  });

  it.each([1, 7])('dribbles the whole body to who waits, %d bytes at once', async (bytes) => {
    proxy.once({ kind: 'dribbled body', everyMilliseconds: 2, bytes }, 'GET', /a/);
    expect(await (await get()).json()).toEqual({ text: TEXT });
  });

  it('gives a stalled body up after a time, as a gateway does', async () => {
    proxy.once({ kind: 'stalled body', cutAfterMilliseconds: 50 }, 'GET', /a/);
    const response = await get();
    expect(await failure(response.text())).toBe('UND_ERR_SOCKET');
  });

  it('cuts the body off', async () => {
    proxy.once({ kind: 'truncated' }, 'GET', /a/);
    const response = await get();
    expect(response.headers.get('content-length')).toBe(String(JSON.stringify({ text: TEXT }).length));
    expect(await failure(response.text())).toBe('UND_ERR_SOCKET');
  });

  it.each<[string, Fault, number, string | null, string]>([
    ['500', answers.serverError, 500, null, 'application/json; charset=utf-8'],
    ['the rate limit of 2024', answers.rateLimited2024(7), 500, '7', 'application/json; charset=utf-8'],
    ['the rate limit', answers.rateLimited(7), 429, '7', 'application/json; charset=utf-8'],
    ['401', answers.unauthorised, 401, null, 'application/json; charset=utf-8'],
    ['a page', answers.page(200), 200, null, 'text/html'],
    ['a page of a gateway', answers.page(502), 502, null, 'text/html'],
  ])('answers with %s in place of the server', async (_, fault, status, retryAfter, type) => {
    proxy.inject(fault);
    const { headers, ...response } = await get().then((got) => ({
      headers: got.headers,
      status: got.status,
    }));
    expect([response.status, headers.get('retry-after'), headers.get('content-type')]).toEqual([
      status,
      retryAfter,
      type,
    ]);
    expect(seen).toEqual([]);
  });
});
