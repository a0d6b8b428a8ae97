import type { EnvironmentActivities } from '../../activities';
import { FailureType, forbidden } from '../../contracts/core/failures';
import { listed } from '../../contracts/run/summaries';
import { fakeHost, fakeStart, nodesSummary, planSummary } from '../support/fake-activities';
import { bare, lacking } from '../support/histories/hosts';
import { historyOf, startRun, toldOf } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

const MISSING = ['missing: /shared/API_KEY needed by n1', 'withheld: n1 lacks API_KEY'];
const PHASES = ['preflight', 'infrastructure', 'identity', 'seed', 'prefetch', 'runtime'];

describe('the end of a run', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal('kept')), 120_000);
  afterAll(() => temporal.stop());

  /** A run to its end, as it came out and as it is shown afterwards. */
  async function end(host: Partial<EnvironmentActivities>, input?: object, type = 'bootstrap') {
    return temporal.withWorkers({ start: fakeStart(), host: fakeHost([], host) }, async () => {
      const handle = await startRun(temporal.client, { type, input });
      const result = await handle.result().catch((error: unknown) => error);
      return { result, ...(await toldOf(handle)), ...(await historyOf(handle)) };
    });
  }

  it('is told by the memo: what was done, what comes next, and who asked for it', async () => {
    const { memo, outcome, status } = await end(bare); // the server keeps no empty list
    expect({ outcome, status }).toEqual({ outcome: 'complete', status: 'COMPLETED' });
    expect(memo).toEqual({
      startedBy: 'somebody@somewhere',
      installation: 'test-host-000000',
      phases: PHASES.map((phase): unknown => expect.stringMatching(`^${phase}: done: `)),
      waitingFor: '',
      next: 'to see what runs: onex-bootstrap status -e test',
    });
  });

  it('is a failure of type Partial with the report, where something required is missing', async () => {
    const { result, memo, outcome, status } = await end(lacking);
    expect({ outcome, status }).toEqual({ outcome: 'partial', status: 'FAILED' });
    expect(result).toMatchObject({
      cause: {
        type: FailureType.partial,
        nonRetryable: true,
        message: expect.stringContaining('/shared/API_KEY needed by n1'),
        details: [
          {
            outcome: 'partial',
            environment: 'test',
            nodes: { withheld: listed(['n1 lacks API_KEY']) },
            runtime: [{ name: 'greeter', action: 'skipped' }],
            report: { run: expect.any(String), digest: expect.any(String) },
          },
        ],
      },
    });
    expect(memo).toMatchObject({ missing: MISSING, next: expect.stringContaining('give what is missing') });
  });

  it('is a completed partial one, where the caller allows that', async () => {
    const { result, memo, outcome, status } = await end(lacking, { allowPartial: true });
    expect({ outcome, status }).toEqual({ outcome: 'partial', status: 'COMPLETED' });
    expect(result).toMatchObject({ outcome: 'partial', nodes: { withheld: { count: 1 } } });
    expect(memo).toMatchObject({ missing: MISSING });
  });

  it.each([
    ['seedSecrets', lacking, { missing: { required: { count: 1 } } }],
    ['prefetchNodes', lacking, { withheld: { count: 1 } }],
    ['prefetchNodes', { prefetchNodes: () => Promise.resolve(nodesSummary({ kept: listed(['n2']) })) }, {}],
    [
      'seedSecrets',
      {
        readRequirements: () =>
          Promise.resolve({
            files: 1,
            nodes: 0,
            keys: 0,
            unread: 1,
            problems: listed(['a.yaml: unreadable']),
          }),
      },
      {},
    ],
  ] as const)('%s alone is partial for the same reasons', async (type, host, details) => {
    const { result, outcome } = await end(host, undefined, type);
    expect(result).toMatchObject({ cause: { type: FailureType.partial, details: [details] } });
    expect(outcome).toBe('partial');
  });

  it('a dry run that finds something missing is no failure', async () => {
    const { status, outcome } = await end(lacking, { dryRun: true });
    expect({ status, outcome }).toEqual({ status: 'COMPLETED', outcome: 'in step' });
  });

  it('tells which phase failed and why, without the details of the failure', async () => {
    const { result, memo, outcome } = await end({
      ensureIdentities: () => Promise.reject(Object.assign(forbidden('no'), { details: ['more'] })),
    });
    expect(result).toMatchObject({ cause: { type: FailureType.forbidden, details: [] } });
    expect(outcome).toBe('failed');
    expect(memo).toMatchObject({
      phases: expect.arrayContaining(['identity: failed: no', 'seed: not started']),
      waitingFor: '',
      next: 'once that is fixed: onex-bootstrap up -e test',
    });
  });

  it('names the command that goes on with it', async () => {
    const { memo } = await end({ planPrune: () => Promise.reject(forbidden('no')) }, undefined, 'prune');
    expect(memo).toMatchObject({ next: 'once that is fixed: onex-bootstrap prune -e test' });
  });

  it('is told too where the last step failed, which is of no phase', async () => {
    const { result, outcome } = await end({
      keepReport: () => Promise.reject(forbidden('the disk is full')),
    });
    expect(result).toMatchObject({ cause: { type: FailureType.forbidden, message: 'the disk is full' } });
    expect(outcome).toBe('failed');
  });

  it('is of bounded size, whatever the size of what was found', async () => {
    const keys = Array.from(
      { length: 40_000 },
      (_, index) => `/shared/${'K'.repeat(300)}_${index} needed by ü`,
    );
    const nodes = Array.from({ length: 400 }, (_, index) => `node-${index} lacks ${'K'.repeat(600)}`);
    const many = listed(keys);
    const { result, memo, payloads } = await end({
      readRequirements: () =>
        Promise.resolve({ files: 400, nodes: 400, keys: 40_000, unread: 40_000, problems: many }),
      ensureNetwork: () => Promise.resolve({ changes: keys.slice(0, 100) }),
      planSeed: () =>
        Promise.resolve(
          planSummary(
            { MISSING: 40_000 },
            { missing: { required: many, optional: many }, writes: many, warnings: many },
          ),
        ),
      applySeed: () => Promise.resolve({ written: 40_000 }),
      prefetchNodes: () =>
        Promise.resolve(
          nodesSummary({ nodes: 400, withheld: listed(nodes), kept: listed(nodes), removed: listed(nodes) }),
        ),
    });
    expect(result).toMatchObject({
      cause: { type: FailureType.partial, details: [{ seed: { missing: { required: { count: 40_000 } } } }] },
    });
    expect(Math.max(...payloads.map(({ length }) => length))).toBeLessThanOrEqual(64 * 1024);
    expect(JSON.stringify(memo).length).toBeLessThanOrEqual(8 * 1024);
  });
});
