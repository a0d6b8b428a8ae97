import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { answers, type Fault } from '../support/faults';
import { startReadingWorlds, type ReadingWorld } from './reading-world';

const READ = /\/api\/v3\/secrets\/raw/;
const DEADLINE_MS = 1_500; // the first read of a busy machine has to meet it too

interface Outcome {
  name: string;
  retryAfterSeconds?: number;
  breaker: 'open' | 'closed';
}

/** What a read through each fault ends in: nothing takes longer than its deadline, nothing is sent twice. */
describe('a read through a spoiled connection', () => {
  let worlds: Awaited<ReturnType<typeof startReadingWorlds>>;
  let world: ReadingWorld;

  beforeAll(async () => {
    worlds = await startReadingWorlds();
    world = await worlds.world('current');
    await world.write('/shared/kafka', { KEY: 'v4lue-of-key', OTHER: 'other' });
  }, 120_000);
  afterAll(() => worlds.stop());
  afterEach(() => world.proxy.clear());

  const outage = (name: string): Outcome => ({ name, breaker: 'open' });
  const answered = (name: string, more: Partial<Outcome> = {}): Outcome => ({
    name,
    breaker: 'closed',
    ...more,
  });
  const faults: [string, Fault | 'refused', Outcome, number][] = [
    ['refused', 'refused', outage('InfraConnectionError'), 0],
    ['reset, once more on a new connection', { kind: 'reset' }, outage('InfraConnectionError'), 2],
    [
      'reset after commit, once more on a new connection',
      { kind: 'reset after commit' },
      outage('InfraConnectionError'),
      2,
    ],
    ['slow headers', { kind: 'slow headers', milliseconds: 5_000 }, outage('InfraTimeoutError'), 1],
    ['a dribbled body', { kind: 'dribbled body', everyMilliseconds: 50 }, outage('InfraTimeoutError'), 1],
    ['a stalled body', { kind: 'stalled body' }, outage('InfraTimeoutError'), 1],
    ['a truncated body', { kind: 'truncated' }, outage('InfraConnectionError'), 1],
    ['500', answers.serverError, outage('InfraUnavailableError'), 1],
    ['a page with 502', answers.page(502), outage('InfraUnavailableError'), 1],
    ['a page with 200', answers.page(200), outage('InfraUnavailableError'), 1],
    [
      '429 with Retry-After',
      answers.rateLimited(7),
      answered('InfraUnavailableError', { retryAfterSeconds: 7 }),
      1,
    ],
    [
      '500 with retry-after (2024)',
      answers.rateLimited2024(9),
      answered('InfraUnavailableError', { retryAfterSeconds: 9 }),
      1,
    ],
    ['401, once more after a new login', answers.unauthorised, answered('InfraAuthenticationError'), 2],
    ['403', answers.forbidden, answered('InfraAuthenticationError'), 1],
    ['404', answers.notFound, answered('SecretResolutionError'), 1],
  ];

  it.each(faults)(
    '%s: typed, in time, counted by the breaker or not',
    async (_, fault, outcome, requests) => {
      const { handler } = world.handler({
        circuit_breaker_threshold: 1,
        timeout_seconds: DEADLINE_MS / 1_000,
        cache_ttl_seconds: 0,
      });
      await handler.getSecret({ secret_name: '/shared/kafka/OTHER' });
      world.proxy.forgetRequests();
      if (fault === 'refused') await world.proxy.refuse();
      else world.proxy.inject(fault, { path: READ });
      const started = performance.now();
      const error: unknown = await handler
        .getSecret({ secret_name: '/shared/kafka/KEY' })
        .catch((thrown: unknown) => thrown);
      const took = performance.now() - started;
      const { breaker, ...expected } = outcome;
      expect(error).toMatchObject(expected);
      expect(handler.describe().circuit_state).toBe(breaker);
      expect(world.proxy.requests['GET /api/v3/secrets/raw/KEY'] ?? 0).toBe(requests);
      expect(took).toBeLessThan(DEADLINE_MS + 400);
      expect((error as Error).message).not.toContain('v4lue');
    },
  );

  it('recovers by itself: after the reset time one trial closes the breaker', async () => {
    const { handler } = world.handler({ circuit_breaker_threshold: 2, circuit_breaker_reset_timeout: 0.2 });
    const read = () => handler.getSecret({ secret_name: '/shared/kafka/KEY' });
    world.proxy.inject({ kind: 'reset' }, { path: READ });
    for (let time = 0; time < 2; time++) await read().catch(() => undefined);
    expect(handler.describe().circuit_state).toBe('open');
    await world.proxy.clear();
    await new Promise((resolve) => setTimeout(resolve, 250));
    expect((await read()).value.reveal()).toBe('v4lue-of-key');
    expect(handler.describe().circuit_state).toBe('closed');
  });

  it('gives one slow answer to everybody who waits for it', async () => {
    const { handler } = world.handler({ timeout_seconds: 0.5 });
    await handler.getSecret({ secret_name: '/shared/kafka/OTHER' });
    world.proxy.inject({ kind: 'slow headers', milliseconds: 200 }, { path: READ, times: 1 });
    const all = await Promise.all(
      [1, 2, 3].map(() => handler.getSecret({ secret_name: '/shared/kafka/KEY' })),
    );
    expect(all.map(({ value }) => value.reveal())).toEqual(Array(3).fill('v4lue-of-key'));
  });

  describe('with last known good copies', () => {
    let directory: string;
    beforeEach(async () => (directory = await mkdtemp(join(tmpdir(), 'onex-copies-'))));
    afterEach(() => rm(directory, { recursive: true, force: true }));
    const reader = (problems: string[] = []) =>
      world.handler(
        { cache_ttl_seconds: 0, last_known_good: { directory }, circuit_breaker_threshold: 1 },
        { onProblem: (message) => void problems.push(message) },
      );
    const key = { secret_name: '/shared/kafka/KEY' };

    it('serves them after a restart while Infisical is down, marked in result, audit and metrics', async () => {
      await reader().handler.getSecret(key);
      await world.proxy.refuse();
      const { handler, audited } = reader();
      const stale = await handler.getSecret(key);
      expect(stale).toMatchObject({ source: 'last-known-good', stale: true, version: 1 });
      expect([stale.value.reveal(), (stale.age_seconds ?? -1) >= 0]).toEqual(['v4lue-of-key', true]);
      expect(audited).toMatchObject([{ outcome: 'served', source: 'last-known-good' }]);
      expect(handler.describe()).toMatchObject({ stale_reads: 1, circuit_state: 'open' });
      expect(await handler.getSecret(key)).toMatchObject({ stale: true }); // the breaker is open by now
    });

    it('serves a batch from a listing, and is silent about names that it never listed', async () => {
      await reader().handler.getSecretsBatch({ secret_names: ['KEY'], secret_path: '/shared/kafka' });
      await world.proxy.refuse();
      const batch = await reader().handler.getSecretsBatch({
        secret_names: ['KEY', 'OTHER', 'NONE'],
        secret_path: '/shared/kafka',
      });
      expect(batch).toMatchObject({
        stale: ['KEY', 'OTHER'],
        errors: { NONE: expect.stringContaining('not found') },
      });
      const single = reader().handler.getSecret({ secret_name: '/elsewhere/KEY' });
      await expect(single).rejects.toMatchObject({ name: 'InfraConnectionError' });
    });

    it.each([
      ['401', answers.unauthorised, 'InfraAuthenticationError'],
      ['403', answers.forbidden, 'InfraAuthenticationError'],
      ['404', answers.notFound, 'SecretResolutionError'],
    ])('never serves them on %s, and deletes them', async (_, answer, name) => {
      await reader().handler.getSecret(key);
      world.proxy.inject(answer, { path: READ });
      await expect(reader().handler.getSecret(key)).rejects.toMatchObject({ name });
      await world.proxy.clear();
      await world.proxy.refuse();
      await expect(reader().handler.getSecret(key)).rejects.toMatchObject({ name: 'InfraConnectionError' });
    });

    it('reads on where they cannot be written', async () => {
      const problems: string[] = [];
      const { handler } = world.handler(
        { last_known_good: { directory: '/proc/nowhere' } },
        { onProblem: (message) => void problems.push(message) },
      );
      expect((await handler.getSecret(key)).value.reveal()).toBe('v4lue-of-key');
      expect(problems.join()).toContain('could not be changed');
    });
  });
});
