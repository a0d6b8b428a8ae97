import type { MetricMeter } from '@temporalio/common';
import type { Secret } from '../contracts/core/secret';
import type { HandlerSettings } from '../contracts/reads/handler-settings';
import { OPERATIONS } from '../contracts/reads/read-request';
import type { Trust } from '../infisical/trust';
import { AdapterInfisical } from './adapter-infisical';
import { LastKnownGood } from './copies/last-known-good';
import { lastKnownGoodKey } from './copies/record-seal';
import { GuardedReads } from './guarded-reads';
import { ReadBreaker } from './read-breaker';
import { ReadMetrics } from './read-metrics';
import { SecretReads, type CacheSettings } from './secret-reads';
import { EnvironmentSource, type SecretSource } from './secret-source';

const VERSION = '1.0.0';
const DAY_SECONDS = 86_400;

/** The parts of a handler, put together. */
export interface OpenReads {
  reads: SecretReads;
  metrics: ReadMetrics;
  from: 'infisical' | 'environment';
  /** As errors name it. */
  host: string;
  /** Client id; undefined without an Infisical. */
  identity: string | undefined;
  describe: () => HandlerDescription;
}

/** What a handler says of itself. Times are in seconds where not named otherwise. */
export type HandlerDescription = ReturnType<ReturnType<typeof assemble>['describe']>;

export interface ReadDependencies {
  /** Counters and gauges go here too, e.g. to a worker's Prometheus endpoint. */
  meter?: MetricMeter;
  /** Hears of last known good copies that are refused or cannot be written. */
  onProblem?: (message: string) => void;
  whyNotOurs?: Trust['whyNotOurs'];
}

/** Cache, breaker, last known good copies, adapter. Nothing is sent yet. */
export function openReads(settings: HandlerSettings, dependencies: ReadDependencies): OpenReads {
  const { adapter, guarded, breaker, owner } = openInfisical(settings, dependencies);
  const { meter } = dependencies;
  const cache = {
    ttlSeconds: settings.cache_ttl_seconds,
    negativeTtlSeconds: settings.negative_ttl_seconds,
    maxEntries: settings.cache_max_entries,
  };
  return { ...assemble({ source: adapter, from: 'infisical', guarded, breaker, cache, meter }), ...owner };
}

/** The same over variables, for where there is no Infisical. */
export function openEnvironment(
  variables: ReadonlyMap<string, Secret>,
  { meter }: ReadDependencies,
): OpenReads {
  const breaker = new ReadBreaker({ enabled: false, threshold: 1, resetSeconds: 1 });
  const source = new EnvironmentSource(variables);
  const host = 'the environment';
  const guarded = new GuardedReads(source, breaker, { host, identity: '' });
  const cache = { ttlSeconds: 0, negativeTtlSeconds: 0, maxEntries: 1 };
  const assembled = assemble({ source, from: 'environment', guarded, breaker, cache, meter });
  return { ...assembled, host, identity: undefined };
}

/** What every read of an Infisical goes through, the handler's and that of exec. */
export function openInfisical(
  settings: HandlerSettings,
  { onProblem = () => {}, whyNotOurs }: Omit<ReadDependencies, 'meter'>,
) {
  const { client_id: clientId, client_secret: clientSecret, last_known_good: kept } = settings;
  const owner = { host: settings.host.replace(/\/+$/, ''), identity: clientId };
  const adapter = new AdapterInfisical({
    host: owner.host,
    trust: { caFile: settings.ca_file, insecureHttp: settings.insecure_http, whyNotOurs },
    clientId,
    clientSecret,
    deadline: settings.timeout_seconds * 1_000,
    expandReferences: settings.expand_references,
    includeImports: settings.include_imports,
  });
  const breaker = new ReadBreaker({
    enabled: settings.circuit_breaker_enabled,
    threshold: settings.circuit_breaker_threshold,
    resetSeconds: settings.circuit_breaker_reset_timeout,
  });
  const copies =
    kept &&
    new LastKnownGood({
      directory: kept.directory,
      key: lastKnownGoodKey(kept.key, clientSecret),
      maxAgeSeconds: kept.max_age_seconds,
      onProblem,
    });
  return { adapter, breaker, owner, guarded: new GuardedReads(adapter, breaker, owner, copies) };
}

interface Parts {
  source: SecretSource;
  from: OpenReads['from'];
  guarded: GuardedReads;
  breaker: ReadBreaker;
  cache: CacheSettings;
  meter: MetricMeter | undefined;
}

function assemble({ source, from, guarded, breaker, cache, meter }: Parts) {
  const { session } = source;
  const tokenDaysLeft = () => session.expiresAt && (session.expiresAt - Date.now() / 1_000) / DAY_SECONDS;
  const state = () => ({
    breakerOpen: breaker.state === 'open',
    cacheEntries: reads.size,
    tokenDaysLeft: tokenDaysLeft(),
  });
  const metrics = new ReadMetrics(state, meter);
  const reads = new SecretReads(guarded, from, cache, metrics);
  const describe = () => ({
    handler_type: 'infra_handler',
    handler_category: 'effect',
    supported_operations: OPERATIONS,
    version: VERSION,
    source: from,
    /** Whether it has logged in. */
    initialized: session.isLoggedIn,
    cache_ttl_seconds: cache.ttlSeconds,
    cache_entries: reads.size,
    oldest_entry_seconds: reads.oldestSeconds,
    cache_hits: metrics.hits,
    cache_misses: metrics.misses,
    /** Reads sent to Infisical; a listing is one. */
    total_fetches: metrics.fetches,
    stale_reads: metrics.stale,
    circuit_state: breaker.state,
    retry_after_seconds: breaker.retryAfterSeconds,
    /** Until the access token ends; it is renewed by a login. Undefined where it is not known. */
    token_days_left: tokenDaysLeft(),
  });
  return { reads, metrics, from, describe };
}
