import type { Secret } from '../contracts/core/secret';
import type { SecretPlace } from '../contracts/reads/read-request';
import type { FetchedFolder, FetchedSecret, GuardedReads } from './guarded-reads';
import type { ReadMetrics } from './read-metrics';
import type { SecretCache } from './secret-cache';
import { SingleFlight } from './single-flight';

/** A value and how it was come by. */
export type HeldSecret =
  | { from: 'cache'; value: Secret }
  | { from: 'fetch'; value: Secret; version: number }
  | { from: 'copy'; value: Secret; version: number; readAt: Date; ageSeconds: number };

/** Reads by the cache: what it does not hold is fetched once, however many ask. Absence is undefined. */
export class SecretReads {
  private readonly flights = new SingleFlight();

  constructor(
    private readonly reads: GuardedReads,
    readonly cache: SecretCache,
    private readonly metrics: ReadMetrics,
  ) {}

  async one(place: SecretPlace, key: string): Promise<HeldSecret | undefined> {
    const cached = this.cached(place, key);
    if (cached !== undefined) return cached.found ? { from: 'cache', value: cached.value } : undefined;
    const fetched = await this.flights.run(`one ${flightKey(place)} ${key}`, () => this.fetchOne(place, key));
    return fetched && this.held(fetched);
  }

  /** All of `keys` by at most one listing of the folder; throws what kept a key from being told. */
  async several(place: SecretPlace, keys: readonly string[]): Promise<Map<string, HeldSecret | undefined>> {
    const found = new Map<string, HeldSecret | undefined>();
    for (const key of keys) {
      const cached = this.cached(place, key);
      if (cached !== undefined)
        found.set(key, cached.found ? { from: 'cache', value: cached.value } : undefined);
    }
    const missing = keys.filter((key) => !found.has(key));
    if (missing.length === 0) return found;
    const { generation } = this.cache;
    const folder = await this.flights.run(`all ${flightKey(place)}`, () => this.fetchFolder(place));
    const fetched = new Map(folder?.secrets.map((secret) => [secret.key, secret]));
    for (const key of missing) {
      const secret = fetched.get(key);
      if (secret === undefined && folder?.outage !== undefined) throw folder.outage;
      this.keep(place, key, secret, generation);
      found.set(key, secret && this.held(secret));
    }
    return found;
  }

  names(place: SecretPlace): Promise<string[]> {
    return this.flights.run(`names ${flightKey(place)}`, () => {
      this.metrics.count('fetches');
      return this.reads.names(place);
    });
  }

  /** Drops a name wherever it lies, or everything; reads from now on ask the server. */
  invalidate(name?: string): number {
    this.flights.forget();
    return this.cache.invalidate(name);
  }

  private cached(place: SecretPlace, key: string) {
    const cached = this.cache.get(place, key);
    this.metrics.count(cached === undefined ? 'misses' : 'hits');
    return cached;
  }

  private async fetchOne(place: SecretPlace, key: string): Promise<FetchedSecret | undefined> {
    const { generation } = this.cache;
    this.metrics.count('fetches');
    const secret = await this.reads.secret(place, key);
    this.keep(place, key, secret, generation);
    return secret;
  }

  private fetchFolder(place: SecretPlace): Promise<FetchedFolder | undefined> {
    this.metrics.count('fetches');
    return this.reads.folder(place);
  }

  private held({ value, version, stale }: FetchedSecret): HeldSecret {
    if (stale === undefined) return { from: 'fetch', value, version };
    this.metrics.count('stale');
    return { from: 'copy', value, version, readAt: stale.readAt, ageSeconds: stale.ageSeconds };
  }

  // a copy is asked for again each time: the server may be back
  private keep(place: SecretPlace, key: string, secret: FetchedSecret | undefined, generation: number): void {
    if (secret?.stale !== undefined) return;
    const entry =
      secret === undefined ? { found: false as const } : { found: true as const, value: secret.value };
    this.cache.store(place, key, entry, generation);
  }
}

const flightKey = ({ projectId, environment, path }: SecretPlace) => `${projectId} ${environment} ${path}`;
