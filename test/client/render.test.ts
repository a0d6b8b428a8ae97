import { renderPlan } from '../../client/render/plan';
import { renderSummary } from '../../client/render/summary';
import type { Terminal } from '../../client/terminal';
import type { BootstrapReport } from '../../contracts/report/bootstrap-report';
import { seedReport } from '../support/fake-activities';

function rendered(work: (terminal: Terminal) => void): string {
  const lines: string[] = [];
  work({
    line: (text = '') => lines.push(text),
    progress: () => {},
    live: undefined,
    paint: (_, text) => text,
  });
  return lines.join('\n');
}

const report = (over: Partial<BootstrapReport> = {}): BootstrapReport => ({
  environment: 'dev',
  outcome: 'complete',
  changes: [],
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
  contracts: { files: 2, nodes: 1, keys: 3, problems: ['a.yaml:3: broken'] },
  seed: seedReport({ UNCHANGED: 3 }),
  nodes: [],
  runtime: [],
  files: { runtimeEnv: '/s/runtime.env', nodesDir: '/n' },
  warnings: ['a warning'],
  ...over,
});

describe('the summary', () => {
  it('says that nothing changed, what stands in for the real image, and every problem and warning', () => {
    const text = rendered((terminal) => renderSummary(report(), terminal));
    expect(text).toContain('dev is up: 0 changes');
    expect(text).toContain('local image in place of postgres:16-alpine');
    expect(text).toContain('a.yaml:3: broken');
    expect(text).toContain('a warning');
  });

  it('names each missing key with its owners, and never calls a partial run up', () => {
    const missing = [{ folder: '/shared/env', key: 'API_KEY', owners: ['n1', 'n2'], required: true }];
    const partial = report({ outcome: 'partial', seed: { ...seedReport({ MISSING: 1 }), missing } });
    const text = rendered((terminal) => renderSummary(partial, terminal));
    expect(text).toContain('/shared/env/API_KEY  needed by n1, n2');
    expect(text).toMatch(/dev is up in part.*Give them and run again/);
  });
});

describe('the plan', () => {
  it('shows every key with what would happen to it', () => {
    const plan = {
      ...seedReport({ CREATE: 1, KEPT: 1 }),
      rows: { CREATE: { '/a': ['K1'] }, KEPT: { '/b': ['K2'] } },
    };
    const text = rendered((terminal) => renderPlan(plan, terminal));
    expect(text).toMatch(/CREATE\s+\/a\/K1/);
    expect(text).toMatch(/KEPT\s+\/b\/K2/);
    expect(text).toContain('Plan: 1 to create, 1 kept.');
  });
});
