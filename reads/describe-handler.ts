import { OPERATIONS } from '../contracts/reads/read-request';
import type { OpenReads } from './open-reads';

const VERSION = '1.0.0';
const DAY_SECONDS = 86_400;

/** What a handler says of itself. Times are in seconds where not named otherwise. */
export interface HandlerDescription {
  handler_type: 'infra_handler';
  handler_category: 'effect';
  supported_operations: readonly string[];
  version: string;
  source: 'infisical' | 'environment';
  /** Whether it has logged in. */
  initialized: boolean;
  cache_ttl_seconds: number;
  cache_entries: number;
  oldest_entry_seconds: number | undefined;
  cache_hits: number;
  cache_misses: number;
  /** Reads sent to Infisical; a listing is one. */
  total_fetches: number;
  stale_reads: number;
  circuit_state: 'closed' | 'open' | 'half-open';
  retry_after_seconds: number;
  /** Until the access token ends; it is renewed by a login. Undefined where it is not known. */
  token_days_left: number | undefined;
}

export function describeHandler(open: OpenReads, cacheTtlSeconds: number): HandlerDescription {
  const { reads, breaker, metrics, from, tokenExpiry } = open;
  return {
    handler_type: 'infra_handler',
    handler_category: 'effect',
    supported_operations: OPERATIONS,
    version: VERSION,
    source: from,
    initialized: open.loggedIn(),
    cache_ttl_seconds: cacheTtlSeconds,
    cache_entries: reads.cache.size,
    oldest_entry_seconds: reads.cache.oldestSeconds,
    cache_hits: metrics.hits,
    cache_misses: metrics.misses,
    total_fetches: metrics.fetches,
    stale_reads: metrics.stale,
    circuit_state: breaker.state,
    retry_after_seconds: breaker.retryAfterSeconds,
    token_days_left: daysUntil(tokenExpiry()),
  };
}

/** Days from now until a time in seconds since the epoch. */
export function daysUntil(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : (seconds - Date.now() / 1_000) / DAY_SECONDS;
}
