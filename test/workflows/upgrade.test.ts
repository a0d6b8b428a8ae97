import type { WorkflowBundle } from '@temporalio/worker';
import { bootstrapWorkflowId, TASK_QUEUE } from '../../contracts/core/names';
import type { BootstrapReport } from '../../contracts/report/bootstrap-report';
import { fakeHost, fakeShared } from '../support/fake-activities';
import { HeldStep } from '../support/held-step';
import { bare } from '../support/histories/hosts';
import { inPlaces } from '../support/places';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import { beforeEveryPatch, bundleVersion } from '../support/workflow-versions';

/** Where the old worker stops: in every phase, and on both sides of each patch. */
const stops = [
  ...['checkState', 'ensureEngine', 'ensureStackSecrets', 'ensureService valkey', 'ensureService infisical'],
  ...['adoptIdentity', 'ensureIdentities', 'applySeed', 'prefetchNodes', 'startRuntime greeter'],
];

describe('a bootstrap whose worker is upgraded in the middle', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal()), 120_000);
  afterAll(() => temporal.stop());

  const environmentOf = (step: string) => step.toLowerCase().replaceAll(' ', '-');
  const handleOf = (step: string) =>
    temporal.client.workflow.getHandle(bootstrapWorkflowId(environmentOf(step)));

  /** A run for each step: the worker of `bundle` stops in the middle of it, and today's goes on. */
  async function upgradeAtEachStep(bundle: WorkflowBundle) {
    const runs = stops.map((step) => {
      const calls: string[] = [];
      const held = new HeldStep(step);
      const place = { shared: fakeShared(), host: held.in(fakeHost(calls, bare)) };
      return { step, calls, held, place };
    });
    const fakes = inPlaces(new Map(runs.map(({ step, place }) => [environmentOf(step), place])));
    await temporal.withWorkers({ ...fakes, bundle }, async () => {
      for (const { step } of runs) {
        const environment = environmentOf(step);
        await temporal.client.workflow.start('bootstrap', {
          workflowId: bootstrapWorkflowId(environment),
          taskQueue: TASK_QUEUE,
          args: [{ environment }],
          workflowRunTimeout: '2m',
        });
      }
      await Promise.all(runs.map(({ held }) => held.reached));
    });
    const reports = await temporal.withWorkers(fakes, () =>
      Promise.all(runs.map(({ step }) => handleOf(step).result() as Promise<BootstrapReport>)),
    );
    return runs.map(({ step, calls }, index) => ({ step, calls, report: reports[index] }));
  }

  it('is completed by the new one, whatever step it was in, and no step is done again but that one', async () => {
    const bundle = await bundleVersion(beforeEveryPatch);
    for (const { step, calls, report } of await upgradeAtEachStep(bundle)) {
      expect(report).toMatchObject({ outcome: 'complete', environment: environmentOf(step) });
      const twice = calls.filter((call, index) => calls.indexOf(call) !== index);
      // today's workflows look at the machine again after they started an engine
      expect({ step, twice: twice.filter((call) => call !== 'checkState') }).toEqual({
        step,
        twice: step === 'checkState' ? [] : [step],
      });
      expect(calls).toEqual(expect.arrayContaining(stops));
    }
  }, 120_000);
});
