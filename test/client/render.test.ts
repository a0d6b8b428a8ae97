import { renderPlan } from '../../client/render/plan';
import { renderSummary } from '../../client/render/summary';
import type { Terminal } from '../../client/terminal';
import { planCounts, type PlanRow } from '../../contracts/plan/plan-row';
import { listed, type BootstrapReport, type PlanSummary } from '../../contracts/run/summaries';
import { Reports } from '../../environment/reports';
import { temporaryFolder } from '../environment/files/temporary-folder';

async function rendered(work: (terminal: Terminal) => unknown): Promise<string> {
  const lines: string[] = [];
  await work({
    line: (text = '') => lines.push(text),
    progress: () => {},
    live: undefined,
    paint: (_, text) => text,
  });
  return lines.join('\n');
}

const none = listed([]);
const row = (action: PlanRow['action'], folder: string, key: string): PlanRow => ({
  action,
  folder,
  key,
  owners: [],
  required: false,
});
const plan = (rows: PlanRow[], over: Partial<PlanSummary> = {}): PlanSummary => ({
  planId: `1-${'0'.repeat(16)}`,
  counts: planCounts(rows),
  writes: none,
  missing: { required: none, optional: none },
  warnings: none,
  written: 0,
  ...over,
});
const report = (over: Partial<BootstrapReport> = {}): BootstrapReport => ({
  environment: 'dev',
  outcome: 'complete',
  changes: none,
  infisical: { address: 'http://127.0.0.1:8881', generation: 'v4', projectId: 'p1' },
  services: [
    {
      name: 'postgres',
      image: 'postgres:16-alpine',
      kind: 'local',
      action: 'kept',
      address: '127.0.0.1:5436',
    },
  ],
  contracts: { files: 2, nodes: 1, keys: 3, problems: listed(['a.yaml:3: broken']), unread: 0 },
  seed: plan([row('UNCHANGED', '/a', 'K')], { warnings: listed(['a warning']) }),
  nodes: { nodes: 1, written: 0, withheld: none, kept: none, removed: none },
  runtime: [],
  report: { run: 'r1', digest: 'd' },
  ...over,
});
const summary = (over: Partial<BootstrapReport> = {}) =>
  rendered((terminal) => renderSummary(report(over), '/state/dev', terminal));

describe('the summary', () => {
  it('says that nothing changed, what stands in for the real image, and every problem and warning', async () => {
    const text = await summary();
    expect(text).toContain('dev is up: 0 changes');
    expect(text).toContain('local image in place of postgres:16-alpine');
    expect(text).toContain('a.yaml:3: broken');
    expect(text).toContain('a warning');
  });

  it('names what is missing and withheld, and never calls a partial run up', async () => {
    const required = listed(['/shared/env/API_KEY needed by n1 and n2']);
    const text = await summary({
      outcome: 'partial',
      seed: plan([], { missing: { required, optional: none } }),
      nodes: { nodes: 1, written: 0, withheld: listed(['n1 lacks API_KEY']), kept: none, removed: none },
    });
    expect(text).toContain('missing: /shared/env/API_KEY needed by n1 and n2');
    expect(text).toContain('withheld: n1 lacks API_KEY');
    expect(text).toMatch(/dev is partly up.*run again/);
  });

  it('shows the first of many names and where the others are', async () => {
    const required = listed(Array.from({ length: 2_000 }, (_, n) => `/shared/env/KEY_${n} needed by n1`));
    const text = await summary({ seed: plan([], { missing: { required, optional: none } }) });
    expect(text.match(/missing: /g)).toHaveLength(20);
    expect(text).toContain('… and 1980 more missing keys: onex-bootstrap report -e dev');
  });
});

describe('the plan', () => {
  it('shows every key with what would happen to it', async () => {
    await using folder = await temporaryFolder();
    const reports = new Reports(folder.path);
    const rows = [row('CREATE', '/a', 'K1'), row('KEPT', '/b', 'K2')];
    const found = plan(rows);
    await reports.keepPlan(found.planId, rows);
    const text = await rendered((terminal) => renderPlan(found, 'dev', reports, terminal));
    expect(text).toMatch(/CREATE\s+\/a\/K1/);
    expect(text).toMatch(/KEPT\s+\/b\/K2/);
    expect(text).toContain('Plan: 1 to create, 1 kept.');
  });
});
