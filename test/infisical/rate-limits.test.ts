import { z } from 'zod';
import { asStep, InfisicalHttp } from '../../infisical/http';
import type { InfisicalError } from '../../infisical/problem';
import { answer, startStub } from './stub-server';

const call = { method: 'POST', route: '/api/v1/things', body: {} } as const;
const anything = z.unknown();
const failure = (sent: Promise<unknown>) =>
  sent.then(
    () => Promise.reject(new Error('no failure')),
    (error: InfisicalError) => error,
  );

describe('a step of which the server limits the requests', () => {
  /** So many requests in each second; the others hear of `retryAfter`. */
  const limited = (most: number, retryAfter: string) => {
    const times: number[] = [];
    const taken: string[] = [];
    const start = () =>
      startStub(({ text }, response) => {
        const now = Date.now();
        if (times.filter((time) => now - time < 1_000).length >= most)
          return answer(response, 429, { message: 'too many' }, { 'retry-after': retryAfter });
        times.push(now);
        taken.push(text);
        answer(response, 200, { ok: true });
      });
    return { start, taken };
  };

  it.each(['1', '0'])('waits inside the call, so that each is done once (Retry-After: %s)', async (said) => {
    const { start, taken } = limited(3, said);
    await using stub = await start();
    const waits: string[] = [];
    const http = new InfisicalHttp(stub.address, asStep({ onProgress: (line) => waits.push(line) }));
    for (let number = 0; number < 8; number++) await http.send({ ...call, body: { number } }, anything);
    expect(taken).toEqual(Array.from({ length: 8 }, (_, number) => JSON.stringify({ number })));
    expect(waits[0]).toBe('Infisical limits its requests: going on in 1 s');
  });

  it('fails at once where it would wait for too long, or a reader waits', async () => {
    const { start } = limited(0, '301');
    await using stub = await start();
    for (const options of [asStep({}), {}])
      expect((await failure(new InfisicalHttp(stub.address, options).send(call, anything))).kind).toBe(
        'rateLimited',
      );
  });

  it('ends when it is cancelled, and at the deadline of its caller', async () => {
    const { start } = limited(0, '60');
    await using stub = await start();
    const cancel = new AbortController();
    setTimeout(() => cancel.abort(new Error('cancelled')), 100);
    const cancelled = new InfisicalHttp(stub.address, asStep({ signal: cancel.signal })).send(call, anything);
    await expect(cancelled).rejects.toThrow('cancelled');
    const late = { ...call, signal: AbortSignal.timeout(100) };
    expect((await failure(new InfisicalHttp(stub.address, asStep({})).send(late, anything))).kind).toBe(
      'rateLimited',
    );
  });
});
