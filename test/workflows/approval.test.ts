import { WorkflowUpdateFailedError } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import type { EnvironmentActivities } from '../../activities';
import { FailureType } from '../../contracts/core/failures';
import { listed, type PendingPlan } from '../../contracts/run/summaries';
import type { Progress } from '../../workflows/progress';
import { fakeHost, fakeStart, planSummary } from '../support/fake-activities';
import { bare } from '../support/histories/hosts';
import { startRun } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

const WRITES = /^(ensure|apply|write|prefetch|startRuntime)/;

describe('a run that needs an approval', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal('kept')), 120_000);
  afterAll(() => temporal.stop());

  const planned = (digest: string, planId?: string): PendingPlan => ({
    digest,
    changes: listed(['create postgres', 'write 3 secrets']),
    ...(planId !== undefined && { planId }),
  });
  /** Plans one after the other, the last one again and again. */
  const plans =
    (...all: PendingPlan[]) =>
    () =>
      Promise.resolve(all.length > 1 ? all.shift()! : all[0]!);

  async function asking(
    over: Partial<EnvironmentActivities>,
    work: (run: Awaited<ReturnType<typeof begin>>) => Promise<void>,
    input: object = { approve: true },
  ) {
    const calls: string[] = [];
    await temporal.withWorkers(
      { start: fakeStart(), host: fakeHost(calls, { ...bare, ...over }) },
      async () => work(await begin(calls, input)),
    );
  }

  async function begin(calls: string[], input: object) {
    const handle = await startRun(temporal.client, {
      type: 'bootstrap',
      workflowId: 'bootstrap/test',
      input,
    });
    const waits = async () => {
      for (;;) {
        const plan = await handle.query<PendingPlan | null>('pendingPlan').catch(() => null);
        if (plan !== null) return plan;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    return {
      handle,
      waits,
      written: () => calls.filter((call) => WRITES.test(call)),
      approve: (digest: unknown, note?: string) =>
        handle.executeUpdate('approve', { args: [{ digest, ...(note !== undefined && { note }) }] }),
    };
  }

  it('changes nothing before it, shows the plan everywhere, and keeps who approved and why', async () => {
    await asking(
      { planChanges: plans(planned('aaaa', 'plan-1')) },
      async ({ handle, waits, written, approve }) => {
        expect(await waits()).toEqual(planned('aaaa', 'plan-1'));
        expect(written()).toEqual([]);
        const { phases, plan, waitingFor } = await handle.query<Progress>('progress');
        expect(phases.map(({ name }) => name).slice(0, 3)).toEqual([
          'preflight',
          'approval',
          'infrastructure',
        ]);
        expect(plan).toEqual(planned('aaaa', 'plan-1'));
        expect(waitingFor).toBe('the approval of 2 changes: onex-bootstrap approve -e test aaaa');
        const { memo } = await handle.describe();
        expect(memo?.['approval']).toEqual(['aaaa', '2 changes', 'create postgres', 'write 3 secrets']);
        expect(await approve('aaaa', 'change 4711')).toBe('approved aaaa');
        expect(await handle.result()).toMatchObject({ outcome: 'complete' });
        expect(JSON.stringify(await handle.fetchHistory())).toContain(
          Buffer.from(JSON.stringify({ digest: 'aaaa', note: 'change 4711' })).toString('base64'),
        );
        await expect(approve('aaaa')).rejects.toThrow();
      },
    );
  });

  it.each([
    ['bbbb', /The plan that waits is aaaa, not bbbb/],
    [7, /as texts of up to 500 characters/],
    ['', /as texts/],
  ])('is not given by the digest %p', async (digest, why) => {
    await asking({ planChanges: plans(planned('aaaa')) }, async ({ handle, waits, written, approve }) => {
      await waits();
      const refusal = await approve(digest).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(WorkflowUpdateFailedError);
      expect((refusal as WorkflowUpdateFailedError).cause?.message).toMatch(why);
      expect(written()).toEqual([]);
      await handle.cancel();
      await handle.result().catch(() => undefined);
    });
  });

  it('is asked for again where the plan went stale between the look and the approval', async () => {
    await asking(
      { planChanges: plans(planned('aaaa'), planned('bbbb')) },
      async ({ handle, waits, written, approve }) => {
        await waits();
        await approve('aaaa');
        while ((await waits()).digest === 'aaaa') await new Promise((resolve) => setTimeout(resolve, 20));
        expect(written()).toEqual([]);
        await approve('bbbb');
        const result = handle.result();
        const next = await waits(); // the secrets could not be seen before: bbbb has no plan of them
        expect(next.digest).toBe('0123456789abcdef');
        await approve(next.digest);
        expect(await result).toMatchObject({ outcome: 'complete' });
      },
    );
  });

  it('is asked for again for writes that the approved plan did not have', async () => {
    let beyond = listed(['/shared/NEW']);
    const over = {
      planChanges: plans(planned('aaaa', 'plan-1')),
      planSeed: () => Promise.resolve({ ...planSummary({ CREATE: 3 }), beyond }),
    };
    await asking(over, async ({ handle, waits, approve }) => {
      await waits();
      await approve('aaaa');
      const { digest, changes } = await waits();
      expect({ digest, count: changes.count }).toEqual({ digest: '0123456789abcdef', count: 3 });
      beyond = listed([]);
      await approve(digest);
      expect(await handle.result()).toMatchObject({ outcome: 'complete' });
    });
  });

  it.each([
    ['is rejected', { approve: true }, /was rejected \(not today\): nothing of it was changed/],
    [
      'is not approved in time',
      { approve: true, approveWithin: 1 },
      /Nobody approved the plan aaaa within 1 s/,
    ],
  ])('fails closed where it %s', async (what, input, why) => {
    await asking(
      { planChanges: plans(planned('aaaa')) },
      async ({ handle, waits, written }) => {
        if (what === 'is rejected') {
          await waits();
          await handle.executeUpdate('reject', { args: [{ reason: 'not today' }] });
        }
        await expect(handle.result()).rejects.toMatchObject({
          cause: { type: FailureType.refused, message: expect.stringMatching(why) },
        });
        expect(written()).toEqual([]);
      },
      input,
    );
  });

  it('is not asked for where nothing would be changed', async () => {
    const nothing = { digest: 'aaaa', changes: listed([]), planId: 'plan-1' };
    await asking({ ...fakeHost([]), planChanges: plans(nothing) }, async ({ handle }) => {
      expect(await handle.result()).toMatchObject({ outcome: 'complete', changes: { count: 0 } });
    });
  });

  it.each([
    ['0123456789abcdef', true],
    ['fedcba9876543210', false],
  ])('was given before for exactly one plan: %s', async (plan, isThat) => {
    const found = planned('0123456789abcdef', 'plan-1');
    await asking(
      { planChanges: plans(found) },
      async ({ handle, written }) => {
        if (isThat) return expect(await handle.result()).toMatchObject({ outcome: 'complete' });
        await expect(handle.result()).rejects.toMatchObject({
          cause: { message: expect.stringMatching(/The plan fedcba9876543210 is stale/) },
        });
        expect(written()).toEqual([]);
      },
      { plan },
    );
  });

  it('is refused where it cannot be understood', async () => {
    const handle = await temporal.withWorkers({ start: fakeStart(), host: fakeHost([]) }, async () => {
      const run = await startRun(temporal.client, {
        type: 'bootstrap',
        workflowId: `by-hand/${randomUUID()}`,
        input: { approve: 'yes', approveWithin: -1 },
      });
      return run.result().catch((error: Error) => error.cause) as Promise<unknown>;
    });
    expect(handle).toMatchObject({ type: FailureType.badInput });
  });
});
