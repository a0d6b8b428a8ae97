import type { MetricMeter } from '@temporalio/common';
import type { Secret } from '../contracts/core/secret';
import type { HandlerSettings } from '../contracts/reads/handler-settings';
import { AdapterInfisical } from './sdk/adapter-infisical';
import { EnvironmentSource } from './environment-source';
import { GuardedReads } from './guarded-reads';
import { openCopies } from './open-copies';
import { ReadBreaker } from './read-breaker';
import { ReadMetrics } from './read-metrics';
import { SecretCache } from './secret-cache';
import { SecretReads } from './secret-reads';
import type { FetchedFrom } from './secret-result';

/** The parts of a handler, put together. */
export interface OpenReads {
  reads: SecretReads;
  breaker: ReadBreaker;
  metrics: ReadMetrics;
  from: FetchedFrom;
  /** As errors name it. */
  host: string;
  /** Client id; undefined without an Infisical. */
  identity: string | undefined;
  loggedIn: () => boolean;
  /** Of the access token, in seconds since the epoch; undefined where it is not known. */
  tokenExpiry: () => number | undefined;
}

export interface ReadDependencies {
  /** Counters and gauges go here too, e.g. to a worker's Prometheus endpoint. */
  meter?: MetricMeter;
  /** Hears of last known good copies that are refused or cannot be written. */
  onProblem?: (message: string) => void;
}

/** Adapter, breaker, last known good copies, cache. Nothing is sent yet. */
export function openReads(
  settings: HandlerSettings,
  { meter, onProblem = () => {} }: ReadDependencies,
): OpenReads {
  const { client_id: identity, client_secret: clientSecret } = settings;
  const host = settings.host.replace(/\/+$/, '');
  const adapter = new AdapterInfisical({
    host,
    clientId: identity,
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
  const copies = openCopies(settings.last_known_good, clientSecret, onProblem);
  const cache = new SecretCache({
    ttlSeconds: settings.cache_ttl_seconds,
    negativeTtlSeconds: settings.negative_ttl_seconds,
    maxEntries: settings.cache_max_entries,
  });
  const guarded = new GuardedReads(adapter, breaker, { host, identity }, copies);
  const metrics = new ReadMetrics(meter);
  const reads = new SecretReads(guarded, cache, metrics);
  return {
    reads,
    breaker,
    metrics,
    from: 'infisical',
    host,
    identity,
    loggedIn: () => adapter.login.token !== undefined,
    tokenExpiry: () => adapter.login.expiresAt,
  };
}

/** The same interface over variables, for where there is no Infisical. */
export function openEnvironment(
  variables: ReadonlyMap<string, Secret>,
  { meter }: ReadDependencies,
): OpenReads {
  const breaker = new ReadBreaker({ enabled: false, threshold: 1, resetSeconds: 1 });
  const host = 'the environment';
  const guarded = new GuardedReads(new EnvironmentSource(variables), breaker, { host, identity: '' });
  const metrics = new ReadMetrics(meter);
  const cache = new SecretCache({ ttlSeconds: 0, negativeTtlSeconds: 0, maxEntries: 1 });
  const reads = new SecretReads(guarded, cache, metrics);
  return {
    reads,
    breaker,
    metrics,
    from: 'environment',
    host,
    identity: undefined,
    loggedIn: () => true,
    tokenExpiry: () => undefined,
  };
}
