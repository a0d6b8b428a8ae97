import type { Client } from '@temporalio/client';
import { noopMetricMeter, type MetricMeter } from '@temporalio/common';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { READ_AT } from '../../client/metrics/gauges';
import { gaugeSources } from '../../client/metrics/sources';
import { ReadMetrics } from '../../reads/read-metrics';
import { RUN_METRICS } from '../../workflows/run-metrics';

const root = join(__dirname, '..', '..');
const rules = join(root, 'deploy', 'prometheus-rules.yml');
const text = (path: string) => readFileSync(join(root, path), 'utf8');

/** The metrics of reads, as they are registered. */
function ofReads(): string[] {
  const names: string[] = [];
  const meter = new Proxy(noopMetricMeter, {
    get: (target: MetricMeter, method: keyof MetricMeter) => (name: string) => {
      names.push(name);
      return (target[method] as (name: string) => unknown)(name);
    },
  });
  new ReadMetrics(() => ({ breakerOpen: false, cacheEntries: 0, tokenDaysLeft: undefined }), meter);
  return names;
}

const exported = new Set([
  ...Object.values(gaugeSources({} as Client, undefined)).flatMap(({ gauges }) => Object.keys(gauges)),
  ...Object.keys(RUN_METRICS),
  ...ofReads(),
  READ_AT,
]);

const namesIn = (words: string) => new Set(words.match(/\bonex_[a-z_]+[a-z]\b/g));
const ofHistogram = (name: string) => name.replace(/^(onex_run_seconds)_(bucket|sum|count)$/, '$1');

describe('metrics of a worker', () => {
  it.each(['deploy/prometheus-rules.yml', 'deploy/grafana-dashboard.json'])(
    'that %s names are all served',
    (path) => {
      const named = [...namesIn(text(path))].map(ofHistogram);
      expect(named.length).toBeGreaterThan(10);
      expect(named.filter((name) => !exported.has(name))).toEqual([]);
    },
  );

  it('that are served are all documented, and no others', () => {
    expect([...namesIn(text('docs/metrics.md'))].sort()).toEqual([...exported].sort());
  });

  it('are used in rules that Prometheus takes', () => {
    const { error, status, stdout, stderr } = spawnSync('promtool', ['check', 'rules', rules]);
    if (error !== undefined) return console.warn('The rules are not checked: there is no promtool here.');
    expect({ status, said: `${stdout.toString()}${stderr.toString()}` }).toMatchObject({ status: 0 });
  });
});
