import type { MetricGauge, MetricMeter, MetricTags } from '@temporalio/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from '../../environment/environment';
import type { Host } from '../../environment/host';

const EVERY_MS = 30_000; // alerts count in minutes
const DEADLINE_MS = 10_000; // a source that is away must not hold up the others

/** One number of an environment as it is now; `of` tells it from others of its gauge. */
interface Sample {
  value: number;
  of?: MetricTags;
}

/** Gauges that are read together: their names with what they mean, and how. */
export interface GaugeSource<Name extends string = string> {
  gauges: Record<Name, string>;
  /** What it leaves out has no value yet. Throws where it cannot look. */
  look: (environment: Environment) => Promise<Partial<Record<Name, number | Sample[]>>>;
}

/** A source whose gauges are named once. */
export const source = <Name extends string>(
  gauges: Record<Name, string>,
  look: GaugeSource<Name>['look'],
): GaugeSource<Name> => ({ gauges, look });

/** When each source was read last: whatever hides that a source is away would hide an alarm. */
export const READ_AT = 'onex_gauges_read_timestamp_seconds';
const READ_AT_MEANING = 'When the gauges of a source were read last, in seconds since 1970';

/**
 * Shows every source for every environment of the host, now and every half a minute until `over`. They are read from where
 * they are kept, so that they hold also what another process did, and before the first event of this one.
 */
export async function showGauges(
  host: Pick<Host, 'environments' | 'newest'>,
  meter: MetricMeter,
  sources: Record<string, GaugeSource>,
  over: AbortSignal,
): Promise<void> {
  const made = new Map<string, MetricGauge>();
  const gauge = (name: string, description: string) => {
    const known = made.get(name) ?? meter.createGauge(name, 'float', undefined, description);
    made.set(name, known);
    return known;
  };
  const show = async (name: string, source: string, { gauges, look }: GaugeSource) => {
    const seen = await look(await host.newest(name));
    for (const [one, value] of Object.entries(seen)) {
      if (value === undefined) continue;
      const samples: Sample[] = typeof value === 'number' ? [{ value }] : value;
      for (const { value: number, of = {} } of samples)
        gauge(one, gauges[one] ?? '').set(number, { environment: name, ...of });
    }
    gauge(READ_AT, READ_AT_MEANING).set(Date.now() / 1000, { environment: name, source });
  };
  while (!over.aborted) {
    const names = await host.environments().catch(() => []);
    const looks = names.flatMap((name) =>
      // that one is away shows in when it was read
      Object.entries(sources).map(([source, of]) => show(name, source, of).catch(() => undefined)),
    );
    await Promise.race([
      Promise.all(looks),
      sleep(DEADLINE_MS, undefined, { signal: over, ref: false }),
    ]).catch(() => undefined);
    await sleep(EVERY_MS, undefined, { signal: over, ref: false }).catch(() => undefined);
  }
}
