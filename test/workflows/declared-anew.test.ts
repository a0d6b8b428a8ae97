import { FailureType, declarationChanged } from '../../contracts/core/failures';
import type { RunRef } from '../../contracts/run/run-ref';
import { parseChoices } from '../../activities/start';
import { digestOf, fakeHost, fakeStart, planSummary, runStart } from '../support/fake-activities';
import { startRun, toldOf } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

describe('a run whose environment is declared anew', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal()), 120_000);
  afterAll(() => temporal.stop());

  /** An environment that is declared anew before each of its first `times` plans. */
  function declaredAnew(times: number) {
    const seen: RunRef[] = [];
    let declared = 1;
    const start = { startRun: (input: unknown) => Promise.resolve(runStart(parseChoices(input), declared)) };
    const host = fakeHost([], {
      ensureStackSecrets: () => Promise.resolve({ changes: declared === 1 ? ['made 4 passwords'] : [] }),
      planSeed: (run) => {
        seen.push(run);
        if (declared <= times) declared++;
        return run.declaration === digestOf(declared)
          ? Promise.resolve(planSummary())
          : Promise.reject(declarationChanged('declared anew'));
      },
    });
    return { start, host, seen };
  }

  it('starts over by the newest declaration, and keeps count of its changes', async () => {
    const { seen, ...fakes } = declaredAnew(1);
    await temporal.withWorkers(fakes, async () => {
      const handle = await startRun(temporal.client);
      expect(await handle.result()).toMatchObject({
        outcome: 'complete',
        changes: { count: 1, first: ['made 4 passwords'] },
      });
      expect(seen.map(({ declaration }) => declaration)).toEqual([digestOf(1), digestOf(2)]);
      const first = temporal.client.workflow.getHandle(handle.workflowId, handle.firstExecutionRunId);
      expect((await first.describe()).status.name).toBe('CONTINUED_AS_NEW');
      expect((await toldOf(first)).outcome).toBeUndefined();
      expect(await toldOf(temporal.client.workflow.getHandle(handle.workflowId))).toMatchObject({
        outcome: 'complete',
        memo: { startedBy: 'somebody@somewhere' },
      });
    });
  });

  it('does so five times and then says it, also to a run under another id', async () => {
    const { seen, ...fakes } = declaredAnew(20);
    await temporal.withWorkers(fakes, async () => {
      const failure = { cause: { type: FailureType.declarationChanged } };
      const handle = await startRun(temporal.client);
      await expect(handle.result()).rejects.toMatchObject(failure);
      expect(seen).toHaveLength(6);
      expect((await toldOf(temporal.client.workflow.getHandle(handle.workflowId))).outcome).toBe('failed');

      const byHand = await startRun(temporal.client, { workflowId: 'by-hand/test' });
      await expect(byHand.result()).rejects.toMatchObject(failure);
      expect(seen).toHaveLength(12);
    });
  });

  it('ends where the run names the declaration to go by', async () => {
    const { seen, ...fakes } = declaredAnew(1);
    await temporal.withWorkers({ ...fakes, start: fakeStart() }, async () => {
      const handle = await startRun(temporal.client, { input: { declaration: digestOf(1) } });
      await expect(handle.result()).rejects.toMatchObject({ cause: { message: 'declared anew' } });
      expect(seen).toHaveLength(1);
    });
  });
});
