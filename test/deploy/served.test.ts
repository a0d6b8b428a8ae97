import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '../../contracts/core/wait-for';
import { Installation } from '../support/installation';
import { freePort } from '../support/local-services';

const MINUTES = 300_000;
const root = join(__dirname, '..', '..');
const text = (path: string) => readFileSync(join(root, path), 'utf8');

describe('what a worker serves', () => {
  let installation: Installation;
  let address: string;
  beforeAll(async () => {
    address = `127.0.0.1:${await freePort()}`;
    installation = await Installation.create({ ONEX_METRICS_ADDRESS: address });
    await installation.start('worker').says('Ctrl-C stops it');
  }, MINUTES);
  afterAll(() => installation.remove(), MINUTES);

  it(
    'has every metric of Temporal’s SDK that the rules and the dashboard name, under that name',
    async () => {
      const files = ['deploy/prometheus-rules.yml', 'deploy/grafana-dashboard.json'];
      const named = new Set(files.flatMap((file) => text(file).match(/\btemporal_[a-z_]+[a-z]\b/g) ?? []));
      expect(named.size).toBeGreaterThan(0);
      // a run whose first step fails: counters are absent until their first event
      await installation.withClient((client) =>
        client.workflow
          .execute('bootstrap', {
            workflowId: 'of-nothing',
            taskQueue: 'onex-bootstrap',
            args: [{ environment: 'never-declared' }],
          })
          .catch(() => undefined),
      );
      const lacking = async () => {
        const served = await (await fetch(`http://${address}/metrics`)).text();
        const names = new Set([...served.matchAll(/^([a-z_]+)[{ ]/gm)].map(([, name]) => name));
        const left = [...named].filter((name) => !names.has(name));
        return left.length === 0 ? 'none' : undefined;
      };
      expect(await waitFor(lacking, { forMs: 60_000, everyMs: 500 })).toBe('none');
    },
    MINUTES,
  );
});
