import { LRUCache } from 'lru-cache';
import type { Secret } from '../contracts/core/secret';
import type { SecretPlace } from '../contracts/reads/read-request';

/** What the cache knows of a name: its value, or that Infisical has none. */
export type CachedSecret = { found: true; value: Secret } | { found: false };

export interface CacheSettings {
  /** 0 = no cache. */
  ttlSeconds: number;
  negativeTtlSeconds: number;
  maxEntries: number;
}

/** Values by project, environment, path and name, for a time; the least recently used goes first. */
export class SecretCache {
  private readonly entries: LRUCache<string, { secret: CachedSecret; storedAt: number }> | undefined;
  private invalidations = 0;

  constructor(private readonly settings: CacheSettings) {
    const { ttlSeconds, maxEntries } = settings;
    if (ttlSeconds > 0) this.entries = new LRUCache({ max: maxEntries, ttl: ttlSeconds * 1_000 });
  }

  get size(): number {
    return this.entries?.size ?? 0;
  }

  /** Age of the oldest entry in seconds; undefined for an empty cache. */
  get oldestSeconds(): number | undefined {
    const times = [...(this.entries?.values() ?? [])].map(({ storedAt }) => storedAt);
    return times.length === 0 ? undefined : (performance.now() - Math.min(...times)) / 1_000;
  }

  /** What was read before now may be stored with this; an invalidation in between makes `store` do nothing. */
  get generation(): number {
    return this.invalidations;
  }

  get(place: SecretPlace, key: string): CachedSecret | undefined {
    return this.entries?.get(keyOf(place, key))?.secret;
  }

  store(place: SecretPlace, key: string, secret: CachedSecret, generation: number): void {
    if (generation !== this.invalidations) return;
    const { ttlSeconds, negativeTtlSeconds } = this.settings;
    const seconds = secret.found ? ttlSeconds : Math.min(ttlSeconds, negativeTtlSeconds);
    if (seconds <= 0) return;
    const entry = { secret, storedAt: performance.now() };
    this.entries?.set(keyOf(place, key), entry, { ttl: seconds * 1_000 });
  }

  /** Drops a name wherever it lies, or everything; returns how many entries that were. */
  invalidate(name?: string): number {
    this.invalidations += 1;
    const stale = [...(this.entries?.keys() ?? [])].filter(
      (key) => name === undefined || key.endsWith(`\n${name}`),
    );
    for (const key of stale) this.entries?.delete(key);
    return stale.length;
  }
}

// no field can hold a line break: names come from requests that allow none
const keyOf = ({ projectId, environment, path }: SecretPlace, key: string) =>
  `${projectId}\n${environment}\n${path}\n${key}`;
