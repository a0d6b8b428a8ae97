import { LRUCache } from 'lru-cache';
import type { Secret } from '../contracts/core/secret';
import { holdsReference } from '../contracts/plan/refusal';
import type { ReadSource } from '../contracts/reads/read-result';
import type { SecretPlace } from '../contracts/reads/read-request';
import { means } from '../infisical/problem';
import type { FetchedFolder, FetchedSecret, GuardedReads } from './guarded-reads';
import type { ReadMetrics } from './read-metrics';
import type { ListedNames } from './secret-source';

// Names of a folder at once; a listing of a thousand secrets takes as long as some ten reads.
const WORTH_A_LISTING = 20;

/** A value and how it was come by. */
export interface HeldSecret {
  value: Secret;
  source: ReadSource;
  /** Absent where it comes from the cache. */
  version?: number;
  /** Present for a last known good copy. */
  stale?: { readAt: Date; ageSeconds: number };
}

/** Whether a value still holds a reference: it was not expanded, or could not be. */
export const isUnexpanded = ({ value, source }: Pick<HeldSecret, 'value' | 'source'>): boolean =>
  source !== 'environment' && holdsReference(value);

export interface CacheSettings {
  /** 0 = no cache. */
  ttlSeconds: number;
  /** Of a name that is not there. */
  negativeTtlSeconds: number;
  maxEntries: number;
}

/** What is known of a name; without a value, Infisical has none. */
interface Entry {
  value: Secret | undefined;
  version: number;
  stale: FetchedSecret['stale'];
  /** By performance.now(). */
  storedAt: number;
}

/** Names of one folder that were asked for in one go, and what a listing of it found. */
interface Group {
  keys: Set<string>;
  found: Promise<{ secrets: Map<string, FetchedSecret>; outage: FetchedFolder['outage'] }> | undefined;
}

/**
 * Reads by a cache of values by project, environment, path and name; the least recently used goes first. What it does
 * not hold is fetched once, however many ask. Absence is undefined.
 */
export class SecretReads {
  private readonly entries: LRUCache<string, Entry, () => Promise<FetchedSecret | undefined>>;
  private readonly fetching = new Map<string, Promise<Entry>>();
  private readonly asked = new Map<string, Group>();
  private readonly listings = new Map<string, Promise<unknown>>();
  private invalidations = 0;

  constructor(
    private readonly reads: GuardedReads,
    private readonly from: 'infisical' | 'environment',
    private readonly settings: CacheSettings,
    private readonly metrics: ReadMetrics,
  ) {
    this.entries = new LRUCache({
      max: settings.maxEntries,
      ttl: settings.ttlSeconds * 1_000,
      ignoreFetchAbort: true, // whoever waits for what an invalidation overtook still gets it; it is not stored
      fetchMethod: async (_key, _old, { options, context: fetch }) => {
        const entry = entryOf(await fetch());
        options.ttl = this.ttlSeconds(entry) * 1_000;
        return entry;
      },
    });
  }

  get size(): number {
    return this.entries.size;
  }

  /** Age of the oldest entry in seconds; undefined for an empty cache. */
  get oldestSeconds(): number | undefined {
    const times = [...this.entries.values()].map(({ storedAt }) => storedAt);
    return times.length === 0 ? undefined : (performance.now() - Math.min(...times)) / 1_000;
  }

  one(place: SecretPlace, key: string): HeldSecret | undefined | Promise<HeldSecret | undefined> {
    const name = nameOf(place, key);
    const cached = this.cached(name);
    if (cached !== undefined) return heldByCache(cached);
    this.reads.assertPossible();
    return this.fetchOne(name, place, key);
  }

  /** All of `keys` by at most one listing of the folder; throws what kept a key from being told. */
  async several(place: SecretPlace, keys: readonly string[]): Promise<Map<string, HeldSecret | undefined>> {
    const found = new Map<string, HeldSecret | undefined>();
    for (const key of keys) {
      const cached = this.cached(nameOf(place, key));
      if (cached !== undefined) found.set(key, heldByCache(cached));
    }
    const missing = keys.filter((key) => !found.has(key));
    if (missing.length === 0) return found;
    const { invalidations } = this;
    const folder = await this.listing(`all ${nameOf(place, '')}`, () => this.reads.folder(place));
    const fetched = new Map(folder?.secrets.map((secret) => [secret.key, secret]));
    for (const key of missing) {
      const secret = fetched.get(key);
      if (secret === undefined && folder?.outage !== undefined) throw folder.outage;
      const entry = entryOf(secret);
      const ttl = this.ttlSeconds(entry) * 1_000;
      if (ttl > 0 && invalidations === this.invalidations)
        this.entries.set(nameOf(place, key), entry, { ttl });
      found.set(key, this.held(entry));
    }
    this.metrics.observe();
    return found;
  }

  names(place: SecretPlace): Promise<ListedNames> {
    return this.listing(`names ${nameOf(place, '')}`, () => this.reads.names(place));
  }

  folders(place: SecretPlace): Promise<string[]> {
    return this.listing(`folders ${nameOf(place, '')}`, () => this.reads.folders(place));
  }

  /** Drops a name wherever it lies, or everything, and returns how many entries that were; reads from now on ask the server. */
  invalidate(name?: string): number {
    this.invalidations += 1;
    this.listings.clear();
    this.fetching.clear();
    const all = this.entries.dump();
    const others = all.filter(([key]) => name !== undefined && !key.endsWith(`\n${name}`));
    this.entries.load(others); // what is under way is let go too
    this.metrics.observe();
    return all.length - others.length;
  }

  private cached(name: string): Entry | undefined {
    const entry = this.entries.get(name);
    this.metrics.count(entry === undefined ? 'misses' : 'hits');
    return entry;
  }

  /** One fetch for calls in parallel; each tells by itself what it was given. */
  private fetchOne(name: string, place: SecretPlace, key: string): Promise<HeldSecret | undefined> {
    const known = this.fetching.get(name);
    const fetching = known ?? this.fetch(name, place, key);
    if (known === undefined) {
      this.fetching.set(name, fetching);
      const over = () => {
        if (this.fetching.get(name) === fetching) this.fetching.delete(name);
        this.metrics.observe();
      };
      fetching.then(over, over);
    }
    return fetching.then((entry) => this.held(entry));
  }

  private async fetch(name: string, place: SecretPlace, key: string): Promise<Entry> {
    const context = () => this.gathered(place, key);
    const entry = await this.entries.forceFetch(name, { context });
    if (this.ttlSeconds(entry) <= 0 && this.entries.peek(name) === entry) this.entries.delete(name);
    return entry;
  }

  /** The read of one name; where many of its folder are asked for in one go, all of them by one listing. */
  private async gathered(place: SecretPlace, key: string): Promise<FetchedSecret | undefined> {
    const folder = nameOf(place, '');
    const known = this.asked.get(folder);
    const group: Group = known ?? { keys: new Set(), found: undefined };
    group.keys.add(key);
    if (known === undefined) {
      this.asked.set(folder, group);
      queueMicrotask(() => this.asked.delete(folder));
    }
    await Promise.resolve(); // what is asked for in one go is known after it
    const alone = () => this.sent(this.reads.secret(place, key));
    if (group.keys.size < WORTH_A_LISTING) return alone();
    group.found ??= this.listing(`all ${folder}`, () => this.reads.folder(place)).then((found) => ({
      secrets: new Map(found?.secrets.map((secret) => [secret.key, secret])),
      outage: found?.outage,
    }));
    const found = await group.found.catch((error: unknown) => {
      if (means(error, 'permission')) return undefined; // who may not list a folder may read names of it
      throw error;
    });
    if (found === undefined) return alone();
    const secret = found.secrets.get(key);
    if (secret === undefined && found.outage !== undefined) throw found.outage;
    return secret;
  }

  /** One listing for calls in parallel. */
  private async listing<T>(name: string, list: () => Promise<T>): Promise<T> {
    const known = this.listings.get(name) as Promise<T> | undefined;
    if (known !== undefined) return known;
    const listing = this.sent(list());
    this.listings.set(name, listing);
    try {
      return await listing;
    } finally {
      if (this.listings.get(name) === listing) this.listings.delete(name);
      this.metrics.observe();
    }
  }

  private sent<T>(read: Promise<T>): Promise<T> {
    this.metrics.count('fetches');
    return read;
  }

  /** How long an entry answers; a copy does not: the server may be back. */
  private ttlSeconds({ value, stale }: Entry): number {
    if (stale !== undefined) return 0;
    const { ttlSeconds, negativeTtlSeconds } = this.settings;
    return value === undefined ? Math.min(ttlSeconds, negativeTtlSeconds) : ttlSeconds;
  }

  private held({ value, version, stale }: Entry): HeldSecret | undefined {
    if (value === undefined) return undefined;
    if (stale === undefined)
      return this.from === 'environment'
        ? { value, source: this.from }
        : { value, source: this.from, version };
    this.metrics.count('stale');
    return { value, source: 'last-known-good', version, stale };
  }
}

const entryOf = (secret: FetchedSecret | undefined): Entry => ({
  value: secret?.value,
  version: secret?.version ?? 0,
  stale: secret?.stale,
  storedAt: performance.now(),
});

const heldByCache = ({ value }: Entry): HeldSecret | undefined => value && { value, source: 'cache' };

// no field can hold a line break: names come from requests that allow none
const nameOf = ({ projectId, environment, path, expand }: SecretPlace, key: string) =>
  `${projectId}\n${environment}\n${path}\n${String(expand)}\n${key}`;
