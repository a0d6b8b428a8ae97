import { randomUUID } from 'node:crypto';
import { waitFor } from '../../contracts/core/wait-for';
import { FailureType, forbidden } from '../../contracts/core/failures';
import type { EnvironmentActivities } from '../../activities';
import type { Progress } from '../../workflows/progress';
import { QUEUE, fakeHost, fakeStart, planSummary } from '../support/fake-activities';
import { lacking } from '../support/histories/hosts';
import { historyOf, startRun, toldOf } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

const LOCK = 'bootstrap/test';

describe('one writer of an environment in a namespace', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal()), 120_000);
  afterAll(() => temporal.stop());
  // one that a failed test left would fail every test after it
  afterEach(() =>
    temporal.client.workflow
      .getHandle(LOCK)
      .terminate()
      .catch(() => undefined),
  );

  const start = (type: string, workflowId: string, input?: object) =>
    startRun(temporal.client, { type, workflowId, input });
  const statusOf = async (workflowId: string) =>
    (await temporal.client.workflow.getHandle(workflowId).describe()).status.name;
  const withWorkers = (
    over: Partial<EnvironmentActivities>,
    work: () => Promise<void>,
    calls: string[] = [],
  ) => temporal.withWorkers({ start: fakeStart(), host: fakeHost(calls, over) }, work);

  /** A step that lasts until the test lets it go on. */
  function gate() {
    let [open, reached] = [() => {}, () => {}];
    const opened = new Promise<void>((resolve) => (open = resolve));
    const waiting = new Promise<void>((resolve) => (reached = resolve));
    const step = () => (reached(), opened.then(() => ({ changes: [] })));
    return { step, waiting, open: () => open() };
  }

  it('a run under another id does its work under the id that is the lock, and returns its result', async () => {
    const calls: string[] = [];
    await withWorkers(
      {},
      async () => {
        const byHand = await start('bootstrap', `by-hand/${randomUUID()}`);
        expect(await byHand.result()).toMatchObject({ outcome: 'complete', environment: 'test' });
        expect(await statusOf(LOCK)).toBe('COMPLETED');
        const { phases } = await byHand.query<Progress>('progress');
        expect(phases).toEqual([{ name: LOCK, phase: { state: 'done', note: 'complete' } }]);
        expect((await toldOf(byHand)).outcome).toBe('complete');
      },
      calls,
    );
    expect(calls.filter((call) => call === 'checkMachine')).toHaveLength(1);
  });

  it.each(['bootstrap', 'seedSecrets', 'provisionIdentity', 'prefetchNodes'])(
    '%s is refused while another run is under way, with its name and how to end it',
    async (type) => {
      const { step, waiting, open } = gate();
      const calls: string[] = [];
      await withWorkers(
        // a step beside which the first run has no other: none of its calls comes while the second one is refused
        { planSeed: () => step().then(() => planSummary()) },
        async () => {
          const first = await start('bootstrap', LOCK);
          await waiting;
          const before = calls.length;
          const second = await start(type, `second/${randomUUID()}`);
          await expect(second.result()).rejects.toMatchObject({
            cause: {
              type: FailureType.refused,
              message: expect.stringMatching(
                /^bootstrap\/test is under way, .*end it first: onex-bootstrap temporal workflow cancel --workflow-id bootstrap\/test$/,
              ),
            },
          });
          expect(calls.slice(before)).toEqual([]);
          open();
          expect(await first.result()).toMatchObject({ outcome: 'complete' });
        },
        calls,
      );
    },
  );

  it.each(['backup', 'drill', 'rotate'])('%s waits for its turn, and says for whom', async (type) => {
    const { step, waiting, open } = gate();
    await withWorkers({ checkMachine: step }, async () => {
      const first = await start('bootstrap', LOCK);
      await waiting;
      const second = await start(type, `${type}/${randomUUID()}`, type === 'rotate' ? { rotate: ['A'] } : {});
      const waits = async () =>
        /another run's$/.test(String((await toldOf(second)).memo['waitingFor'])) || undefined;
      expect(await waitFor(waits, { forMs: 20_000 })).toBe(true);
      open();
      expect(await first.result()).toMatchObject({ outcome: 'complete' });
      expect(await second.result()).toMatchObject({ outcome: 'complete' });
    });
  });

  it('a plan changes nothing and waits for nobody', async () => {
    const { step, waiting, open } = gate();
    await withWorkers({ ensureNetwork: step }, async () => {
      const first = await start('bootstrap', LOCK);
      await waiting;
      const plan = await start('seedSecrets', `plan/${randomUUID()}`, { dryRun: true });
      expect(await plan.result()).toMatchObject({ written: 0 });
      open();
      await first.result();
    });
  });

  it('a run under another id has the outcome of that one, with its report where it is partial', async () => {
    await withWorkers(lacking, async () => {
      const byHand = await start('bootstrap', `by-hand/${randomUUID()}`);
      await expect(byHand.result()).rejects.toMatchObject({
        cause: { type: FailureType.partial, details: [{ outcome: 'partial', environment: 'test' }] },
      });
      expect(await toldOf(byHand)).toMatchObject({ outcome: 'partial', memo: { next: `see ${LOCK}` } });
      expect((await historyOf(byHand)).steps).toEqual(['startRun']);

      const allowing = await start('bootstrap', `by-hand/${randomUUID()}`, { allowPartial: true });
      expect(await allowing.result()).toMatchObject({ outcome: 'partial' });
      expect(await toldOf(allowing)).toMatchObject({ outcome: 'partial', status: 'COMPLETED' });
    });
  });

  it('takes nothing that a client says of earlier runs', async () => {
    await withWorkers({}, async () => {
      const changes = { count: 7, first: ['made up'] };
      const forged = await temporal.client.workflow.start('bootstrap', {
        workflowId: LOCK,
        taskQueue: QUEUE,
        args: [{}, { restarts: 0, startedBy: 'somebody else', changes }],
        workflowRunTimeout: '60s',
      });
      expect(await forged.result()).toMatchObject({ outcome: 'complete' });
      expect((await toldOf(forged)).memo['startedBy']).not.toBe('somebody else');
      expect(JSON.stringify(await forged.result())).not.toContain('made up');
    });
  });

  it('keeps the type and the words of a failure', async () => {
    await withWorkers({ checkMachine: () => Promise.reject(forbidden('no')) }, async () => {
      const byHand = await start('provisionIdentity', `by-hand/${randomUUID()}`);
      await expect(byHand.result()).rejects.toMatchObject({
        cause: { type: FailureType.forbidden, message: 'no' },
      });
      expect((await toldOf(byHand)).outcome).toBe('failed');
    });
  });

  it('passes a cancel on, and is cancelled when its work is', async () => {
    const { step, waiting, open } = gate();
    await withWorkers({ ensureNetwork: step }, async () => {
      const byHand = await start('bootstrap', `by-hand/${randomUUID()}`);
      await waiting;
      await byHand.cancel();
      open();
      await expect(byHand.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      expect(await statusOf(LOCK)).toBe('CANCELLED');
      expect((await toldOf(byHand)).outcome).toBe('cancelled');
    });
  });
});
