import type { Secret } from '../../contracts/core/secret';
import { startReadingWorlds, type ReadingWorld } from './reading-world';

const LOGIN = 'POST /api/v1/auth/universal-auth/login';

describe.each(['current', '2024'] as const)('a handler of one identity (server: %s)', (generation) => {
  let worlds: Awaited<ReturnType<typeof startReadingWorlds>>;
  let world: ReadingWorld;

  beforeAll(async () => {
    worlds = await startReadingWorlds();
    world = await worlds.world(generation);
    await world.write('/shared/kafka', { KAFKA_ACKS: 'all', KAFKA_GROUP_ID: 'group' });
  }, 120_000);
  afterAll(() => worlds.stop());
  beforeEach(() => world.proxy.forgetRequests());

  it('logs in once for calls in parallel, again when its token was revoked, and never with bad credentials twice', async () => {
    const { handler } = world.handler({ cache_ttl_seconds: 0 });
    const read = () => handler.getSecret({ secret_name: '/shared/kafka/KAFKA_ACKS' });
    await Promise.all([read(), read(), handler.listSecrets({ secret_path: '/shared/kafka' })]);
    expect(world.proxy.requests[LOGIN]).toBe(1);
    await world.instance.query('delete from access_tokens');
    await Promise.all([read(), handler.listSecrets({ secret_path: '/shared/kafka' })]);
    expect(world.proxy.requests[LOGIN]).toBe(2);

    world.proxy.forgetRequests();
    const wrong = world.handler({ client_secret: 'wrong' });
    for (let time = 0; time < 5; time++)
      await expect(wrong.handler.getSecret({ secret_name: 'X' })).rejects.toMatchObject({
        name: 'InfraAuthenticationError',
        code: 'ONEX_CORE_163_AUTHENTICATION_ERROR',
      });
    expect(world.proxy.requests).toEqual({ [LOGIN]: 1 });
    expect((await read()).value.reveal()).toBe('all'); // the identity is not locked
  });

  it('audits hits, misses, failures and refusals, each with who and what, never a value', async () => {
    const { handler, audited } = world.handler();
    const caller = { workflow: 'w', run: 'r', activity: '5' };
    await handler.getSecret({ secret_name: '/shared/kafka/KAFKA_ACKS' }, caller);
    await handler.getSecret({ secret_name: '/shared/kafka/KAFKA_ACKS' }, caller);
    await handler.getSecretsBatch(
      { secret_names: ['KAFKA_GROUP_ID', 'NONE'], secret_path: '/shared/kafka' },
      caller,
    );
    await handler.getSecret({ secret_nam: 'X' } as never, caller).catch(() => undefined);
    world.proxy.inject({ kind: 'reset' });
    await handler.listSecrets({}, caller).catch(() => undefined);
    await world.proxy.clear();
    expect(
      audited.map(({ operation, key, outcome, source, error }) => [operation, key, outcome, source ?? error]),
    ).toEqual([
      ['infisical.get_secret', 'KAFKA_ACKS', 'served', 'infisical'],
      ['infisical.get_secret', 'KAFKA_ACKS', 'served', 'cache'],
      ['infisical.get_secrets_batch', 'KAFKA_GROUP_ID', 'served', 'infisical'],
      ['infisical.get_secrets_batch', 'NONE', 'not found', 'SecretResolutionError'],
      ['infisical.get_secret', undefined, 'refused', 'RuntimeHostError'],
      ['infisical.list_secrets', undefined, 'failed', 'InfraConnectionError'],
    ]);
    for (const record of audited) {
      expect(record).toMatchObject({ ...caller, identity: world.settings.client_id });
      expect(record.correlation_id).toMatch(/^[0-9a-f-]{36}$/);
      expect(record.latency_ms).toBeGreaterThanOrEqual(0);
    }
    expect(JSON.stringify(audited)).not.toMatch(/"all"|"group"/);
  });

  it('describes itself in counts, without a credential', async () => {
    const { handler } = world.handler();
    expect(handler.describe()).toMatchObject({
      initialized: false,
      cache_hits: 0,
      token_days_left: undefined,
    });
    await handler.getSecret({ secret_name: '/shared/kafka/KAFKA_ACKS' });
    await handler.getSecret({ secret_name: '/shared/kafka/KAFKA_ACKS' });
    const description = handler.describe();
    expect(description).toMatchObject({
      initialized: true,
      cache_ttl_seconds: 300,
      cache_hits: 1,
      cache_misses: 1,
      total_fetches: 1,
      cache_entries: 1,
      circuit_state: 'closed',
    });
    expect(description.token_days_left).toBeCloseTo(1, 1);
    const secret = (world.settings.client_secret as Secret).reveal();
    expect(JSON.stringify(description)).not.toContain(secret);
    handler.shutdown();
    expect(handler.describe()).toMatchObject({ cache_entries: 0, cache_hits: 1 });
  });
});
