import { Secret } from '../../contracts/core/secret';
import { resolveNodes } from '../../contracts/resolve/resolve-nodes';
import { defaultRegistry } from '../../contracts/registry';
import { folderNames } from '../../contracts/folders';
import { answers } from '../support/faults';
import { startReadingWorlds, type ReadingWorld } from './reading-world';

const LIST = 'GET /api/v3/secrets/raw';
const LOGIN = 'POST /api/v1/auth/universal-auth/login';

/** The faults of the replaced handler, by their numbers in the study of it: each of these fails against the old behaviour. */
describe('faults of the replaced handler', () => {
  let worlds: Awaited<ReturnType<typeof startReadingWorlds>>;
  let world: ReadingWorld;
  const keys = Array.from({ length: 26 }, (_, at) => `KEY_${at}`);

  beforeAll(async () => {
    worlds = await startReadingWorlds();
    world = await worlds.world('current');
    await world.write('/shared/kafka', Object.fromEntries(keys.map((key) => [key, `value of ${key}`])));
  }, 120_000);
  afterAll(() => worlds.stop());
  beforeEach(() => world.proxy.forgetRequests());
  afterEach(() => world.proxy.clear());

  const totalRequests = () => Object.values(world.proxy.requests).reduce((sum, count) => sum + count, 0);
  const asked = { secret_names: keys, secret_path: '/shared/kafka' };

  it('6: the breaker opens on real failures, also inside a batch', async () => {
    const { handler } = world.handler({ circuit_breaker_threshold: 3 });
    world.proxy.inject(answers.serverError);
    await handler.getSecretsBatch(asked).catch(() => undefined);
    for (const key of ['KEY_1', 'KEY_2'])
      await handler.getSecret({ secret_name: `/shared/kafka/${key}` }).catch(() => undefined);
    expect(handler.describe().circuit_state).toBe('open');
    world.proxy.forgetRequests();
    await expect(handler.getSecretsBatch(asked)).rejects.toMatchObject({
      name: 'InfraUnavailableError',
      circuitState: 'open',
      retryAfterSeconds: 60,
    });
    expect(totalRequests()).toBe(0);
  });

  it('7: 401, 403, 404, 5xx and a refused connection are told apart by class and code', async () => {
    const outcome = async (spoil: () => void | Promise<void>) => {
      const { handler } = world.handler();
      await handler.listSecrets({ secret_path: '/shared/kafka' });
      await spoil();
      const error = await handler
        .getSecret({ secret_name: '/shared/kafka/KEY_1' })
        .catch((thrown: unknown) => thrown);
      await world.proxy.clear();
      const { name, code } = error as { name: string; code: string };
      return `${name} ${code}`;
    };
    const told = [
      await outcome(() => world.proxy.inject(answers.unauthorised)),
      await outcome(() => world.proxy.inject(answers.forbidden)),
      await outcome(() => world.proxy.inject(answers.notFound)),
      await outcome(() => world.proxy.inject(answers.serverError)),
      await outcome(() => world.proxy.refuse()),
    ];
    expect(told).toEqual([
      'InfraAuthenticationError ONEX_CORE_163_AUTHENTICATION_ERROR',
      'InfraAuthenticationError ONEX_CORE_029_PERMISSION_ERROR',
      'SecretResolutionError ONEX_CORE_085_RESOURCE_NOT_FOUND',
      'InfraUnavailableError ONEX_CORE_205_SERVICE_UNAVAILABLE',
      'InfraConnectionError ONEX_CORE_090_NETWORK_ERROR',
    ]);
  });

  it('8: a batch of 26 names in one folder is one request', async () => {
    const { handler } = world.handler();
    const { from_fetch } = await handler.getSecretsBatch(asked);
    expect(from_fetch).toBe(26);
    expect(world.proxy.requests).toEqual({ [LOGIN]: 1, [LIST]: 1 });
  });

  it('9: after an invalidation no second cache returns the old value', async () => {
    const { handler } = world.handler();
    const read = async () => (await handler.getSecret({ secret_name: '/shared/kafka/KEY_0' })).value.reveal();
    expect(await read()).toBe('value of KEY_0');
    await world.write('/shared/kafka', { KEY_0: 'rotated' }, 'UPDATE');
    expect(handler.invalidateCache('KEY_0')).toBe(1);
    expect(await read()).toBe('rotated');
  });

  it('18: reads go on after the access token has ended, and none waits for ever', async () => {
    const { handler } = world.handler({ cache_ttl_seconds: 0, timeout_seconds: 0.5 });
    const read = () => handler.getSecret({ secret_name: '/shared/kafka/KEY_1' });
    await read();
    await world.instance.query('delete from access_tokens');
    expect((await read()).value.reveal()).toBe('value of KEY_1');
    world.proxy.inject({ kind: 'stalled body' });
    const started = performance.now();
    await expect(read()).rejects.toMatchObject({ name: 'InfraTimeoutError' });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('19: an optional key that is missing is reported as such on the controlled lane, too', () => {
    const [node] = resolveNodes({
      nodes: [
        {
          node: 'n',
          paths: [],
          requirements: [
            { key: 'NEEDED', transport: 'runtime', required: true },
            { key: 'OPTIONAL', transport: 'runtime', required: false },
          ],
        },
      ],
      registry: defaultRegistry,
      folders: folderNames(),
      observed: [{ folder: '/shared/env', key: 'NEEDED', version: 1, value: new Secret('v') }],
      environment: new Map(),
      lane: 'controlled',
    });
    expect(node).toMatchObject({ missingRequired: [], missingOptional: ['OPTIONAL'] });
  });

  it('28: with Infisical gone after the login, 26 keys cost one failed request and no minutes', async () => {
    const { handler } = world.handler();
    await handler.listSecrets({ secret_path: '/shared/kafka' });
    await world.proxy.refuse();
    const started = performance.now();
    await expect(handler.getSecretsBatch(asked)).rejects.toMatchObject({ name: 'InfraConnectionError' });
    for (const key of keys)
      await handler.getSecret({ secret_name: `/shared/kafka/${key}` }).catch(() => undefined);
    expect(performance.now() - started).toBeLessThan(2_000);
    expect(handler.describe()).toMatchObject({ circuit_state: 'open' });
  });
});
