import type { PlanRow } from '../../contracts/plan/plan-row';
import { Reports, type NodeRow } from '../../environment/reports';
import { temporaryFolder } from './files/temporary-folder';

const RUN = { runId: '00000000-0000-4000-8000-000000000001', workflowId: 'bootstrap/test' };
const ROW = { folder: '/shared/kafka', key: 'KAFKA_ACKS', action: 'CREATE' } as PlanRow;
const planId = (n: number) => `${1_000 + n}-0123456789abcdef`;

describe('the reports of an environment', () => {
  it('are whole again when they are read: the rows of the plan stand in its own file only', async () => {
    await using folder = await temporaryFolder();
    const reports = new Reports(folder.path);
    await reports.add(RUN, { problems: ['p'] });
    await reports.keepPlan(planId(0), [ROW]);
    await reports.add(RUN, { plan: { planId: planId(0), warnings: ['w'] } });
    await reports.add(RUN, { nodes: [] });
    const before = await reports.read(RUN.runId);
    const { digest } = await reports.add(RUN, { result: { outcome: 'complete' } });
    expect(await reports.read()).toEqual({
      ...before,
      run: RUN.runId,
      workflowId: RUN.workflowId,
      problems: ['p'],
      plan: { planId: planId(0), warnings: ['w'], rows: [ROW] },
      nodes: [],
      result: { outcome: 'complete' },
    });
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(await reports.nodesOf(RUN.runId)).toEqual([]);
  });

  it('tell the nodes of the last run that came to them', async () => {
    await using folder = await temporaryFolder();
    const reports = new Reports(folder.path);
    expect(await reports.lastNodes()).toBeUndefined();
    const row = { node: 'n', service: 's', keys: 1, file: 'written' } as NodeRow;
    await reports.add(RUN, { nodes: [row] });
    await reports.add({ ...RUN, runId: RUN.runId.replace(/1$/, '2') }, { problems: [] });
    expect(await reports.lastNodes()).toEqual([row]);
  });

  it('say so where so many plans were made since that the rows are gone', async () => {
    await using folder = await temporaryFolder();
    const reports = new Reports(folder.path);
    await reports.keepPlan(planId(0), [ROW]);
    await reports.add(RUN, { plan: { planId: planId(0), warnings: [] } });
    for (let n = 1; n <= 40; n++) await reports.keepPlan(planId(n), []);
    expect(await reports.read(RUN.runId)).toMatchObject({ plan: { planId: planId(0), warnings: [] } });
    expect((await reports.read(RUN.runId))?.plan?.rows).toBeUndefined();
    await expect(reports.plan(planId(0))).rejects.toMatchObject({ type: 'PlanStale' });
  });

  it('are named by run ids, and nothing else is read or written', async () => {
    await using folder = await temporaryFolder();
    const reports = new Reports(folder.path);
    expect(await reports.read(RUN.runId)).toBeUndefined();
    expect(await reports.read()).toBeUndefined();
    await expect(reports.read('../../etc/passwd')).rejects.toMatchObject({ type: 'BadInput' });
    await expect(reports.add({ ...RUN, runId: '../x' }, {})).rejects.toMatchObject({ type: 'BadInput' });
  });
});
