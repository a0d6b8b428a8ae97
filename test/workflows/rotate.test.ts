import type { WorkflowFailedError } from '@temporalio/client';
import { waitFor } from '../../contracts/core/wait-for';
import { FailureType, unavailable } from '../../contracts/core/failures';
import { fakeHost, fakeStart } from '../support/fake-activities';
import { historyOf, startRun, toldOf } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

describe('a rotation', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal('kept')), 120_000);
  afterAll(() => temporal.stop());

  const run = (input: object, over: Parameters<typeof fakeHost>[1] = {}) =>
    temporal.withWorkers({ start: fakeStart(), host: fakeHost([], over) }, async () => {
      const handle = await startRun(temporal.client, { type: 'rotate', input });
      const result = await handle.result().catch((error: unknown) => error);
      return { result, steps: (await historyOf(handle)).steps, told: await toldOf(handle) };
    });

  it('has all new ones before any reader is switched, and all of them switched before any old one is dead', async () => {
    const { result, steps, told } = await run({ rotate: ['client-secrets', 'admin-password'] });
    expect(result).toMatchObject({ outcome: 'complete', rotated: ['client-secrets', 'admin-password'] });
    expect(steps).toEqual([
      'startRun',
      'readStack',
      ...['prepareRotation', 'switchRotation', 'retireRotation'].flatMap((step) => [step, step]),
      'endRotations',
    ]);
    expect(told).toMatchObject({ outcome: 'complete', status: 'COMPLETED' });
  });

  it('starts services with what they read at their start only, and has copies and nodes follow', async () => {
    const { steps } = await run(
      { rotate: ['postgres-password'] },
      { switchRotation: () => Promise.resolve({ changes: [], at: Date.now(), then: 'services' }) },
    );
    expect(steps.slice(4).filter((step) => !/^ensureService (postgres|valkey)/.test(step))).toEqual([
      'ensureService infisical',
      'passRotation',
      'prefetchNodes',
      'startRuntime greeter',
      'retireRotation',
      'endRotations',
    ]);
  });

  it('gives readers their time from the moment at which they were switched', async () => {
    const began = Date.now();
    await run({ rotate: ['client-secrets'], overlap: 2 }, switchedAt(Date.now()));
    expect(Date.now() - began).toBeGreaterThanOrEqual(2_000);
    const resumed = Date.now();
    await run({ rotate: ['client-secrets'], overlap: 30 }, switchedAt(Date.now() - 31_000));
    expect(Date.now() - resumed).toBeLessThan(20_000);
  });

  it('lets others change the environment while readers have hours, and has a run of its own end the old ones then', async () => {
    const at = Date.now();
    const calls: string[] = [];
    const rotation = { type: 'rotate', input: { rotate: ['client-secrets'], overlap: 3_600 } };
    await temporal.withWorkers({ start: fakeStart(), host: fakeHost(calls, switchedAt(at)) }, async () => {
      const ends = new Date(at + 3_600_000).toISOString();
      const endsBy = { workflowId: 'rotate/test/end/client-secrets', at: ends };
      const first = await startRun(temporal.client, rotation);
      const pending = { outcome: 'changes pending', rotated: [], endsBy };
      expect(await first.result()).toMatchObject(pending);
      expect(calls).not.toContain('retireRotation');
      const ending = temporal.client.workflow.getHandle(endsBy.workflowId);
      const told = `readers to take the new ones, until ${ends}`;
      const waits = async () => (await toldOf(ending)).memo['waitingFor'];
      expect(await waitFor(waits, { forMs: 20_000 })).toBe(told);

      expect(await (await startRun(temporal.client)).result()).toMatchObject({ outcome: 'complete' });
      expect(await (await startRun(temporal.client, rotation)).result()).toMatchObject(pending);
      await ending.cancel();
      await expect(ending.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
    });
  });

  it('goes on after a step that failed for a moment', async () => {
    let tries = 0;
    const { result } = await run(
      { rotate: ['client-secrets'] },
      {
        retireRotation: () =>
          ++tries < 3 ? Promise.reject(unavailable('away')) : Promise.resolve({ changes: ['revoked it'] }),
      },
    );
    expect(result).toMatchObject({ changes: { first: ['made a new client-secrets', 'revoked it'] } });
  });

  it.each([
    [{}, /Say what is to be rotated/],
    [{ rotate: ['client-secrets'], dryRun: true }, /no dry run/],
  ])('is refused before anything is made where %j is asked for', async (input, message) => {
    const { result, steps } = await run(input);
    expect((result as WorkflowFailedError).cause).toMatchObject({ type: FailureType.badInput, message });
    expect(steps).toEqual(['startRun']);
  });
});

const switchedAt = (at: number) => ({ switchRotation: () => Promise.resolve({ changes: [], at }) });
