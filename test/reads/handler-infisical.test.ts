import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { HandlerInfisical } from '../../reads/handler-infisical';
import { Secret } from '../../contracts/core/secret';
import { RuntimeHostError } from '../../contracts/reads/read-error';
import { startReadingWorlds, type ReadingWorld } from './reading-world';

const LIST = 'GET /api/v3/secrets/raw';
const LOGIN = 'POST /api/v1/auth/universal-auth/login';
const get = (key: string) => `GET /api/v3/secrets/raw/${key}`;

describe.each(['current', '2024'] as const)('HandlerInfisical (server: %s)', (generation) => {
  let worlds: Awaited<ReturnType<typeof startReadingWorlds>>;
  let world: ReadingWorld;

  beforeAll(async () => {
    worlds = await startReadingWorlds();
    world = await worlds.world(generation);
    await world.write('/shared/kafka', { KAFKA_ACKS: 'all', KAFKA_GROUP_ID: 'group', ROTATED: 'old' });
    await world.write('/shared/odd', {
      REFERENCE: '${KAFKA_ACKS}',
      ['L'.repeat(150)]: 'long',
      'a b?c': 'odd',
    });
  }, 120_000);
  afterAll(() => worlds.stop());
  beforeEach(() => world.proxy.forgetRequests());

  describe('get_secret', () => {
    it('reads a value once and then from the cache, as a Secret that shows nowhere', async () => {
      const { handler } = world.handler();
      const first = await handler.getSecret({ secret_name: 'KAFKA_ACKS', secret_path: '/shared/kafka' });
      expect(first).toEqual({
        secret_name: 'KAFKA_ACKS',
        value: expect.any(Secret),
        source: 'infisical',
        version: 1,
      });
      const again = await handler.getSecret({ secret_name: '/shared/kafka/KAFKA_ACKS' });
      expect(again).toEqual({ secret_name: '/shared/kafka/KAFKA_ACKS', value: first.value, source: 'cache' });
      expect(first.value.reveal()).toBe('all');
      expect(`${inspect(first)}${JSON.stringify(first)}${String(first.value)}`).not.toContain('all');
      expect(world.proxy.requests).toEqual({ [LOGIN]: 1, [get('KAFKA_ACKS')]: 1 });
    });

    it('sends one request for a hundred calls in parallel', async () => {
      const { handler } = world.handler();
      const calls = Array.from({ length: 100 }, () =>
        handler.getSecret({ secret_name: '/shared/kafka/KAFKA_ACKS' }),
      );
      expect(new Set((await Promise.all(calls)).map(({ value }) => value.reveal()))).toEqual(
        new Set(['all']),
      );
      expect(world.proxy.requests).toEqual({ [LOGIN]: 1, [get('KAFKA_ACKS')]: 1 });
    });

    it('shows a rotated value after invalidate_cache, also to calls that were under way', async () => {
      const { handler } = world.handler();
      const read = async () =>
        (await handler.getSecret({ secret_name: '/shared/kafka/ROTATED' })).value.reveal();
      const before = await read();
      world.proxy.inject({ kind: 'slow headers', milliseconds: 1_000 }, { path: /ROTATED/, times: 1 });
      handler.invalidateCache();
      const underWay = read();
      await sleep(50);
      const next = `${before}-rotated`;
      await world.write('/shared/kafka', { ROTATED: next }, 'UPDATE');
      expect(handler.invalidateCache('ROTATED')).toBe(0);
      expect(await read()).toBe(next);
      await underWay;
      expect(await read()).toBe(next);
    });

    it('asks again for a name that is not there only after a while', async () => {
      const { handler } = world.handler({ negative_ttl_seconds: 0.2 });
      const read = () => handler.getSecret({ secret_name: '/shared/kafka/LATER' });
      for (let time = 0; time < 3; time++)
        await expect(read()).rejects.toThrow('No such secret in /shared/kafka');
      expect(world.proxy.requests[get('LATER')]).toBe(1);
      await world.write('/shared/kafka', { LATER: 'now' });
      await sleep(250);
      expect((await read()).value.reveal()).toBe('now');
    });

    it('caches nothing with a TTL of 0', async () => {
      const { handler } = world.handler({ cache_ttl_seconds: 0 });
      for (let time = 0; time < 2; time++)
        expect(await handler.getSecret({ secret_name: '/shared/kafka/KAFKA_ACKS' })).toMatchObject({
          source: 'infisical',
        });
      expect(world.proxy.requests[get('KAFKA_ACKS')]).toBe(2);
    });

    it('leaves references alone unless it is asked to expand them', async () => {
      const asked = { secret_name: '/shared/odd/REFERENCE' };
      expect((await world.handler().handler.getSecret(asked)).value.reveal()).toBe('${KAFKA_ACKS}');
      await world.write('/shared/odd', { KAFKA_ACKS: 'here' }, 'CREATE');
      const { handler } = world.handler({ expand_references: true });
      expect((await handler.getSecret(asked)).value.reveal()).toBe('here');
    });

    it.each([['L'.repeat(150)], ['a b?c']])('finds odd names: %s', async (name) => {
      const { handler } = world.handler();
      await expect(handler.getSecret({ secret_name: `/shared/odd/${name}` })).resolves.toMatchObject({
        version: 1,
      });
    });

    it.each([
      ['name', { secret_name: 'NONE' }],
      ['folder', { secret_name: 'X', secret_path: '/none' }],
      ['environment', { secret_name: 'X', environment_slug: 'none' }],
    ])(
      'calls a missing %s a SecretResolutionError, final and with its correlation id',
      async (missing, request) => {
        const { handler } = world.handler();
        // a server of 2024 looks at rights first, and an identity has none in another environment
        const isRefused = missing === 'environment' && generation === '2024';
        await expect(handler.getSecret({ ...request, correlation_id: 'c-1' })).rejects.toMatchObject({
          name: isRefused ? 'InfraAuthenticationError' : 'SecretResolutionError',
          code: isRefused ? 'ONEX_CORE_029_PERMISSION_ERROR' : 'ONEX_CORE_085_RESOURCE_NOT_FOUND',
          transport: 'INFISICAL',
          correlationId: 'c-1',
          retry: 'never',
        });
      },
    );

    it('names the key in errors only where that is allowed', async () => {
      const asked = { secret_name: '/shared/kafka/API_KEY_OF_SOMEBODY' };
      await expect(world.handler().handler.getSecret(asked)).rejects.not.toThrow(/API_KEY_OF_SOMEBODY/);
      const { handler } = world.handler({ name_keys_in_errors: true });
      await expect(handler.getSecret(asked)).rejects.toThrow(
        'No such secret API_KEY_OF_SOMEBODY in /shared/kafka',
      );
    });
  });

  describe('get_secrets_batch', () => {
    const names = ['KAFKA_ACKS', 'KAFKA_GROUP_ID', 'NONE'];

    it('is one listing for each folder, and nothing for what the cache holds', async () => {
      const { handler } = world.handler();
      const asked = { secret_names: [...names, '/shared/odd/REFERENCE'], secret_path: '/shared/kafka' };
      const first = await handler.getSecretsBatch(asked);
      expect(first).toMatchObject({ from_cache: 0, from_fetch: 3, source: 'infisical' });
      expect(Object.keys(first.secrets)).toEqual(['KAFKA_ACKS', 'KAFKA_GROUP_ID', '/shared/odd/REFERENCE']);
      expect(first.errors).toEqual({ NONE: 'SecretResolutionError: not found in /shared/kafka' });
      expect(world.proxy.requests).toEqual({ [LOGIN]: 1, [LIST]: 2 });
      expect(await handler.getSecretsBatch(asked)).toMatchObject({ from_cache: 3, from_fetch: 0 });
      expect(world.proxy.requests).toEqual({ [LOGIN]: 1, [LIST]: 2 });
    });

    it('fails as a whole for what another try may cure, and its next try asks for the rest only', async () => {
      const { handler } = world.handler();
      const asked = { secret_names: ['/shared/kafka/KAFKA_ACKS', '/shared/odd/REFERENCE'] };
      world.proxy.inject({ kind: 'reset' }, { path: /odd/ });
      await expect(handler.getSecretsBatch(asked)).rejects.toMatchObject({
        name: 'InfraConnectionError',
        retry: 'later',
      });
      await world.proxy.clear();
      world.proxy.forgetRequests();
      expect(await handler.getSecretsBatch(asked)).toMatchObject({
        from_cache: 1,
        from_fetch: 1,
        errors: {},
      });
      expect(world.proxy.requests).toEqual({ [LIST]: 1 });
    });

    it('asks for nothing when it is asked for nothing', async () => {
      expect(await world.handler().handler.getSecretsBatch({ secret_names: [] })).toEqual({
        secrets: {},
        errors: {},
        from_cache: 0,
        from_fetch: 0,
        source: 'infisical',
      });
      expect(world.proxy.requests).toEqual({});
    });

    it('is no way into the prototype of its result', async () => {
      await world.write('/shared/proto', { __proto__: 'x' }).catch(() => undefined);
      const { secrets } = await world
        .handler()
        .handler.getSecretsBatch({ secret_names: ['__proto__', 'KAFKA_ACKS'], secret_path: '/shared/kafka' });
      expect(Object.getPrototypeOf(secrets)).toBe(Object.prototype);
    });
  });

  it('lists names without their values, never from the cache', async () => {
    const { handler } = world.handler();
    for (let time = 0; time < 2; time++) {
      const { secret_keys, count } = await handler.listSecrets({ secret_path: '/shared/kafka/' });
      expect(secret_keys).toEqual(expect.arrayContaining(['KAFKA_ACKS', 'KAFKA_GROUP_ID']));
      expect(count).toBe(secret_keys.length);
    }
    expect(world.proxy.requests[LIST]).toBe(2);
  });

  it('answers in the ONEX envelope, and gives bad ids new ones', async () => {
    const { handler } = world.handler();
    const correlation_id = '7f9bd2a8-95b2-4ba9-8d3c-0d4a55a3b0a1';
    const response = await handler.execute({
      operation: 'infisical.get_secret',
      payload: { secret_name: '/shared/kafka/KAFKA_ACKS' },
      correlation_id,
      envelope_id: 'no uuid',
    });
    expect(response).toMatchObject({
      correlation_id,
      handler_id: 'infisical-handler',
      node_kind: 'compute',
      events: [],
    });
    expect(response.input_envelope_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(response.result).toMatchObject({ source: 'infisical' });
    const bad = handler.execute({ operation: 'infisical.set_secret' as never });
    await expect(bad).rejects.toThrow(/operation/);
  });
});

describe('HandlerInfisical settings', () => {
  it('are refused as a whole, with every problem', () => {
    const create = () =>
      HandlerInfisical.create({ host: 'x', cache_ttl_seconds: -1, colour: 'red' } as never);
    expect(create).toThrow(RuntimeHostError);
    expect(create).toThrow(/host.*client_id.*client_secret.*project_id.*cache_ttl_seconds.*colour/s);
  });
});

describe('HandlerInfisical without an Infisical', () => {
  const variables = new Map([
    ['KEY', new Secret('v')],
    ['BLANK', new Secret(' ')],
  ]);

  it('reads the environment: a variable of any folder, a blank one is none', async () => {
    const handler = HandlerInfisical.ofEnvironment(variables);
    const { value, source } = await handler.getSecret({ secret_name: '/shared/kafka/KEY' });
    expect([value.reveal(), source]).toEqual(['v', 'environment']);
    await expect(handler.getSecret({ secret_name: 'BLANK' })).rejects.toMatchObject({
      name: 'SecretResolutionError',
    });
    expect(await handler.listSecrets()).toEqual({ secret_keys: ['KEY'], count: 1, source: 'environment' });
  });
});
