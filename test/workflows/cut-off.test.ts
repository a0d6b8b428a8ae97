import { Context } from '@temporalio/activity';
import { join } from 'node:path';
import { bootstrapWorkflowId } from '../../contracts/core/names';
import { fakeHost, fakeStart, QUEUE } from '../support/fake-activities';
import { HeldStep } from '../support/held-step';
import { bare } from '../support/histories/hosts';
import { STEP_OF_PHASE } from '../support/histories/scenarios';
import { inPlaces } from '../support/places';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import { bundleVersion, type Edit } from '../support/workflow-versions';

type Phase = keyof typeof STEP_OF_PHASE;
const phases = Object.keys(STEP_OF_PHASE) as Phase[];
const impatient: Edit = (source, file) => {
  if (file === join('phases', 'recovery.ts')) return source.replace(/GIVE_UP_MS = .*;/, 'GIVE_UP_MS = 1;');
  if (file !== 'policies.ts') return source;
  return source
    .replaceAll(/startToCloseTimeout: '\w+'/g, "startToCloseTimeout: '5s'")
    .replaceAll(/scheduleToCloseTimeout: '\w+'/g, "scheduleToCloseTimeout: '8s'");
};

describe('a bootstrap that is cut off in any phase', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal()), 120_000);
  afterAll(() => temporal.stop());

  const start = (environment: string) =>
    temporal.client.workflow.start('bootstrap', {
      workflowId: bootstrapWorkflowId(environment),
      taskQueue: QUEUE,
      args: [{ environment }],
      workflowRunTimeout: '2m',
    });

  it.each([
    ['by a cancel', 'cancelled'],
    ['by a cancel, with a step that fails on its way out', 'failed'],
  ] as const)(
    '%s, does nothing more, and is finished by the next one',
    async (_how, end) => {
      const runs = phases.map((phase) => {
        const calls: string[] = [];
        const held = new HeldStep(STEP_OF_PHASE[phase], end);
        return { phase, calls, held, place: { start: fakeStart(), host: held.in(fakeHost(calls, bare)) } };
      });
      const fakes = inPlaces(new Map(runs.map(({ phase, place }) => [phase, place])));
      await temporal.withWorkers(fakes, () =>
        Promise.all(
          runs.map(async ({ phase, calls, held }) => {
            const handle = await start(phase);
            await held.reached;
            await handle.cancel();
            await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
            const { searchAttributes } = await handle.describe();
            expect(searchAttributes).toMatchObject({
              BootstrapPhase: [phase],
              BootstrapOutcome: ['cancelled'],
            });
            expect(calls.filter((call) => call === 'startRuntime greeter')).toHaveLength(
              phase === 'runtime' ? 1 : 0,
            );
            expect(await (await start(phase)).result()).toMatchObject({ outcome: 'complete' });
          }),
        ),
      );
    },
    120_000,
  );

  it('by a time-out, says which step took too long, and is finished by the next one', async () => {
    let patient = false;
    const runs = phases.map((phase) => {
      const [name = ''] = STEP_OF_PHASE[phase].split(' ');
      const usual = fakeHost([], bare) as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
      const endless = (...args: unknown[]) =>
        patient ? usual[name]?.(...args) : Context.current().cancelled;
      const host = fakeHost([], { ...bare, [name]: endless });
      return { phase, name, place: { start: fakeStart(), host } };
    });
    const fakes = inPlaces(new Map(runs.map(({ phase, place }) => [phase, place])));
    await temporal.withWorkers({ ...fakes, bundle: await bundleVersion(impatient) }, () =>
      Promise.all(
        runs.map(async ({ phase, name }) => {
          const handle = await start(phase);
          await expect(handle.result()).rejects.toMatchObject({
            cause: {
              message: expect.stringMatching(new RegExp(`^${name} did not end in time .*run it again`)),
            },
          });
        }),
      ),
    );
    patient = true;
    await temporal.withWorkers(fakes, () =>
      Promise.all(
        runs.map(async ({ phase }) =>
          expect(await (await start(phase)).result()).toMatchObject({ outcome: 'complete' }),
        ),
      ),
    );
  }, 120_000);
});
