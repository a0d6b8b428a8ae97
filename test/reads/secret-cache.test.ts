import { setTimeout as sleep } from 'node:timers/promises';
import { SecretCache } from '../../reads/secret-cache';
import { Secret } from '../../contracts/core/secret';

const place = { projectId: 'p', environment: 'dev', path: '/shared/kafka' };
const value = { found: true as const, value: new Secret('v') };
const cacheOf = (changes = {}) =>
  new SecretCache({ ttlSeconds: 300, negativeTtlSeconds: 10, maxEntries: 3, ...changes });

describe('SecretCache', () => {
  it('keeps project, environment, path and name apart', () => {
    const cache = cacheOf();
    cache.store(place, 'KEY', value, cache.generation);
    expect(cache.get(place, 'KEY')).toBe(value);
    for (const other of [{ projectId: 'q' }, { environment: 'prod' }, { path: '/shared' }])
      expect(cache.get({ ...place, ...other }, 'KEY')).toBeUndefined();
    expect(cache.get(place, 'KE')).toBeUndefined();
  });

  it('forgets after its time, absence sooner', async () => {
    const cache = cacheOf({ ttlSeconds: 0.2, negativeTtlSeconds: 0.05 });
    cache.store(place, 'KEY', value, cache.generation);
    cache.store(place, 'NONE', { found: false }, cache.generation);
    await sleep(100);
    expect([cache.get(place, 'KEY'), cache.get(place, 'NONE')]).toEqual([value, undefined]);
    await sleep(150);
    expect(cache.get(place, 'KEY')).toBeUndefined();
  });

  it('never remembers absence for longer than a value', async () => {
    const cache = cacheOf({ ttlSeconds: 0.05, negativeTtlSeconds: 10 });
    cache.store(place, 'NONE', { found: false }, cache.generation);
    await sleep(100);
    expect(cache.get(place, 'NONE')).toBeUndefined();
  });

  it('holds nothing with a TTL of 0', () => {
    const cache = cacheOf({ ttlSeconds: 0 });
    cache.store(place, 'KEY', value, cache.generation);
    expect([cache.get(place, 'KEY'), cache.size]).toEqual([undefined, 0]);
  });

  it('lets the least recently used go when it is full', () => {
    const cache = cacheOf();
    for (const key of ['A', 'B', 'C']) cache.store(place, key, value, cache.generation);
    cache.get(place, 'A');
    cache.store(place, 'D', value, cache.generation);
    expect(['A', 'B', 'C', 'D'].filter((key) => cache.get(place, key) !== undefined)).toEqual([
      'A',
      'C',
      'D',
    ]);
  });

  it('drops a name in every folder, or everything, and counts', () => {
    const cache = cacheOf();
    cache.store(place, 'KEY', value, cache.generation);
    cache.store({ ...place, path: '/services/x/kafka' }, 'KEY', value, cache.generation);
    cache.store(place, 'MY_KEY', value, cache.generation);
    expect(cache.invalidate('KEY')).toBe(2);
    expect(cache.get(place, 'MY_KEY')).toBe(value);
    expect(cache.invalidate()).toBe(1);
  });

  it('does not store what was read before an invalidation', () => {
    const cache = cacheOf();
    const { generation } = cache;
    cache.invalidate('OTHER');
    cache.store(place, 'KEY', value, generation);
    expect(cache.get(place, 'KEY')).toBeUndefined();
  });

  it('tells the age of its oldest entry', async () => {
    const cache = cacheOf();
    expect(cache.oldestSeconds).toBeUndefined();
    cache.store(place, 'NONE', { found: false }, cache.generation);
    await sleep(30);
    cache.store(place, 'KEY', value, cache.generation);
    expect(cache.oldestSeconds).toBeGreaterThanOrEqual(0.025);
    expect(cache.oldestSeconds).toBeLessThan(5);
  });
});
