import { noopMetricMeter, type MetricMeter } from '@temporalio/common';
import type { ReadOutcome } from './read-audit';

/** What the gauges show. */
interface ReadState {
  breakerOpen: boolean;
  cacheEntries: number;
  tokenDaysLeft: number | undefined;
}

/** Counts of a handler, kept for `describe()` and mirrored into a meter (a worker's Prometheus endpoint). No values, no names. */
export class ReadMetrics {
  hits = 0;
  misses = 0;
  fetches = 0;
  stale = 0;
  private readonly counters;
  private readonly gauges;

  constructor(
    private readonly state: () => ReadState,
    private readonly given?: MetricMeter,
  ) {
    const meter = given ?? noopMetricMeter;
    const counter = (name: string, description: string) =>
      meter.createCounter(`onex_secret_${name}`, undefined, description);
    const gauge = (name: string, unit: string, description: string) =>
      meter.createGauge(`onex_secret_${name}`, 'float', unit, description);
    this.counters = {
      hits: counter('cache_hits', 'Names served by the cache'),
      misses: counter('cache_misses', 'Names that the cache did not hold'),
      fetches: counter('fetches', 'Reads sent to Infisical; a listing is one'),
      stale: counter('stale_reads', 'Last known good values served during an outage'),
      reads: counter('reads', 'Reads by operation and outcome'),
    };
    this.gauges = {
      breaker: gauge('breaker_open', '', '1 while the breaker refuses calls'),
      entries: gauge('cache_entries', '', 'Entries of the cache'),
      credentials: gauge('token_days_left', 'd', 'Days until the access token ends'),
    };
  }

  count(what: 'hits' | 'misses' | 'fetches' | 'stale'): void {
    this[what] += 1;
    this.counters[what].add(1);
  }

  read(operation: string, outcome: ReadOutcome): void {
    this.counters.reads.add(1, { operation, outcome });
  }

  /** Shows the state as it is now; a read from the cache changes none of it. */
  observe(): void {
    if (this.given === undefined) return;
    const { breakerOpen, cacheEntries, tokenDaysLeft } = this.state();
    this.gauges.breaker.set(breakerOpen ? 1 : 0);
    this.gauges.entries.set(cacheEntries);
    if (tokenDaysLeft !== undefined) this.gauges.credentials.set(tokenDaysLeft);
  }
}
