import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '../../contracts/core/secret';
import { InfisicalError } from '../../infisical/problem';
import { GuardedReads } from '../../reads/guarded-reads';
import { ReadBreaker } from '../../reads/read-breaker';
import { ReadMetrics } from '../../reads/read-metrics';
import { SecretReads } from '../../reads/secret-reads';
import type { SecretSource } from '../../reads/secret-source';

const place = { projectId: 'p', environment: 'dev', path: '/shared/kafka' };

/** Names that begin with NO are not there; each value tells by which request it was read. */
function readsOf(changes = {}, milliseconds = 0, mayList = true) {
  const sent: string[] = [];
  const value = (key: string) => ({ key, value: new Secret(`${key} ${sent.length}`), version: 1 });
  const source: SecretSource = {
    session: { isLoggedIn: true, expiresAt: undefined },
    getSecret: async ({ path }, key) => {
      sent.push(`${path}/${key}`);
      const found = value(key);
      await sleep(milliseconds);
      if (key.startsWith('NO')) throw new InfisicalError('no', { kind: 'notFound' });
      return found;
    },
    listSecrets: async ({ path }) => {
      sent.push(path);
      if (!mayList) throw new InfisicalError('no', { kind: 'forbidden' });
      const found = ['A', 'B', 'C'].map(value);
      await sleep(milliseconds);
      return found;
    },
    listNames: () => Promise.resolve({ names: [], notImported: 0 }),
    listFolders: () => Promise.resolve([]),
  };
  const breaker = new ReadBreaker({ enabled: false, threshold: 1, resetSeconds: 1 });
  const metrics = new ReadMetrics(() => ({ breakerOpen: false, cacheEntries: 0, tokenDaysLeft: undefined }));
  const settings = { ttlSeconds: 300, negativeTtlSeconds: 10, maxEntries: 3, ...changes };
  const guarded = new GuardedReads(source, breaker, { host: 'h', identity: 'i' });
  const reads = new SecretReads(guarded, 'infisical', settings, metrics);
  const read = async (key: string, at = {}) => (await reads.one({ ...place, ...at }, key))?.value.reveal();
  return { reads, read, sent };
}

/** A clock that stands until it is told that seconds have passed: a busy machine takes any time for anything. */
function clock() {
  let now = performance.now();
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  return async (seconds: number) => {
    now += seconds * 1_000;
    await sleep(5); // the cache looks at the clock once a millisecond
  };
}

describe('SecretReads', () => {
  afterEach(() => jest.restoreAllMocks());

  it('keeps project, environment, path and name apart', async () => {
    const { read, sent } = readsOf({ maxEntries: 10 });
    const places = [{}, { projectId: 'q' }, { environment: 'prod' }, { path: '/shared' }];
    for (const at of [...places, ...places]) await read('KEY', at);
    expect([await read('KE'), sent.length]).toEqual(['KE 5', 5]);
  });

  it('forgets after its time, absence sooner', async () => {
    const later = clock();
    const { read, sent } = readsOf({ ttlSeconds: 300, negativeTtlSeconds: 10 });
    for (let time = 0; time < 2; time++) await Promise.all([read('KEY'), read('NONE')]);
    expect(sent).toHaveLength(2);
    await later(11);
    expect([await read('KEY'), await read('NONE'), sent.length]).toEqual(['KEY 1', undefined, 3]);
    await later(290);
    expect(await read('KEY')).toBe('KEY 4');
  });

  it('never remembers absence for longer than a value', async () => {
    const later = clock();
    const { read, sent } = readsOf({ ttlSeconds: 5, negativeTtlSeconds: 10 });
    await read('NONE');
    await later(6);
    await read('NONE');
    expect(sent).toHaveLength(2);
  });

  it('holds nothing with a TTL of 0, and still sends one request for calls in parallel', async () => {
    const { reads, read, sent } = readsOf({ ttlSeconds: 0 }, 20);
    expect(new Set(await Promise.all([read('KEY'), read('KEY'), read('KEY')])).size).toBe(1);
    await reads.several(place, ['A', 'B']);
    expect([sent.length, reads.size]).toEqual([2, 0]);
    await Promise.all([read('KEY'), read('A')]);
    expect(sent).toHaveLength(4);
  });

  it('reads many names of a folder in one go by one listing, and few one by one', async () => {
    const { read, sent } = readsOf({ maxEntries: 100 });
    const many = Array.from({ length: 19 }, (_, index) => `KEY_${index}`);
    expect(await Promise.all(['A', ...many, 'A'].map((key) => read(key)))).toEqual([
      'A 1',
      ...many.map(() => undefined),
      'A 1',
    ]);
    expect(sent).toEqual([place.path]);
    await Promise.all(many.map((key) => read(key, { path: '/other' })));
    expect(sent).toHaveLength(1 + many.length);
  });

  it('reads one by one where the folder may not be listed', async () => {
    const { read, sent } = readsOf({ maxEntries: 100 }, 0, false);
    const many = Array.from({ length: 20 }, (_, index) => `KEY_${index}`);
    const found = await Promise.all(many.map((key) => read(key)));
    expect(found.every((value) => value?.startsWith('KEY_'))).toBe(true);
    expect(sent).toHaveLength(1 + many.length);
  });

  it('lets the least recently used go when it is full', async () => {
    const { read } = readsOf();
    for (const key of ['A', 'B', 'C', 'A', 'D']) await read(key);
    expect([await read('A'), await read('C'), await read('D'), await read('B')]).toEqual([
      'A 1',
      'C 3',
      'D 4',
      'B 5',
    ]);
  });

  it('drops a name in every folder, or everything, and counts', async () => {
    const { reads, read } = readsOf();
    for (const [key, path] of [
      ['KEY', '/shared/kafka'],
      ['KEY', '/services/x/kafka'],
      ['MY_KEY', '/shared/kafka'],
    ] as const)
      await read(key, { path });
    expect(reads.invalidate('KEY')).toBe(2);
    expect([await read('MY_KEY'), await read('KEY')]).toEqual(['MY_KEY 3', 'KEY 4']);
    expect(reads.invalidate()).toBe(2);
  });

  it.each(['one', 'several'] as const)(
    'gives what an invalidation overtook to those who wait, and does not store it: %s',
    async (how) => {
      const { reads, read, sent } = readsOf({}, 50);
      const ask = async () =>
        how === 'one' ? read('A') : (await reads.several(place, ['A'])).get('A')?.value.reveal();
      const underWay = ask();
      await sleep(10);
      expect(reads.invalidate('OTHER')).toBe(0);
      const next = ask();
      expect([await underWay, await next, await ask(), sent.length]).toEqual(['A 1', 'A 2', 'A 2', 2]);
    },
  );

  it('tells the age of its oldest entry', async () => {
    const { reads, read } = readsOf();
    expect(reads.oldestSeconds).toBeUndefined();
    await read('NONE');
    await sleep(30);
    await read('KEY');
    expect(reads.oldestSeconds).toBeGreaterThanOrEqual(0.025);
    expect(reads.oldestSeconds).toBeLessThan(5);
  });
});
