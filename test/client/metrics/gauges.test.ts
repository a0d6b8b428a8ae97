import { noopMetricMeter, type MetricMeter, type MetricTags } from '@temporalio/common';
import { READ_AT, showGauges, type GaugeSource } from '../../../client/metrics/gauges';
import type { Environment } from '../../../environment/environment';

/** A meter that remembers what its gauges show. */
function remembering(): { meter: MetricMeter; shown: Map<string, number> } {
  const shown = new Map<string, number>();
  const createGauge: MetricMeter['createGauge'] = (name, valueType, unit, description) => ({
    ...noopMetricMeter.createGauge(name, valueType, unit, description),
    set: (value: number, tags: MetricTags = {}) => shown.set(`${name}${JSON.stringify(tags)}`, value),
  });
  return { meter: Object.assign(Object.create(noopMetricMeter) as MetricMeter, { createGauge }), shown };
}

const host = {
  environments: () => Promise.resolve(['dev', 'prod']),
  newest: (environment: string) => Promise.resolve({ environment } as Environment),
};

async function show(sources: Record<string, GaugeSource>) {
  const { meter, shown } = remembering();
  const over = new AbortController();
  const showing = showGauges(host, meter, sources, over.signal);
  setTimeout(() => over.abort(), 50);
  await showing;
  return shown;
}

describe('gauges of environments', () => {
  it('are shown for each of them, with what else tells them apart', async () => {
    const shown = await show({
      backup: {
        gauges: { onex_one: 'one', onex_other: 'other', onex_unknown: 'not known yet' },
        look: ({ environment }) =>
          Promise.resolve({
            onex_one: environment.length,
            onex_other: [{ value: 1, of: { credential: 'admin-password' } }],
            onex_unknown: undefined as unknown as number,
          }),
      },
    });
    expect(shown.get('onex_one{"environment":"dev"}')).toBe(3);
    expect(shown.get('onex_one{"environment":"prod"}')).toBe(4);
    expect(shown.get('onex_other{"environment":"dev","credential":"admin-password"}')).toBe(1);
    expect([...shown.keys()].filter((key) => key.includes('unknown'))).toEqual([]);
    const at = shown.get(`${READ_AT}{"environment":"dev","source":"backup"}`);
    expect(at).toBeCloseTo(Date.now() / 1000, -1);
  });

  it('of a source that cannot be read hold up no other, and show no time of a reading', async () => {
    const shown = await show({
      away: { gauges: { onex_away: '' }, look: () => Promise.reject(new Error('away')) },
      silent: { gauges: { onex_silent: '' }, look: () => new Promise(() => {}) },
      there: { gauges: { onex_there: '' }, look: () => Promise.resolve({ onex_there: 1 }) },
    });
    expect([...shown.keys()].sort()).toEqual([
      `${READ_AT}{"environment":"dev","source":"there"}`,
      `${READ_AT}{"environment":"prod","source":"there"}`,
      'onex_there{"environment":"dev"}',
      'onex_there{"environment":"prod"}',
    ]);
  });
});
