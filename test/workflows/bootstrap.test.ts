import { WorkflowFailedError } from '@temporalio/client';
import { isDeepStrictEqual } from 'node:util';
import { FailureType, forbidden, planStale, unavailable } from '../../contracts/core/failures';
import { TASK_QUEUE } from '../../contracts/core/names';
import type { BootstrapReport } from '../../contracts/report/bootstrap-report';
import type { Progress } from '../../workflows/progress';
import { fakeHost, fakeShared, seedReport } from '../support/fake-activities';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

describe('bootstrap', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal()), 120_000);
  afterAll(() => temporal.stop());

  const start = (args: [object?] = []) =>
    temporal.client.workflow.start('bootstrap', {
      workflowId: 'bootstrap/test',
      taskQueue: TASK_QUEUE,
      args,
      workflowRunTimeout: '60s',
    });
  const execute = async (args: [object?] = []) => (await start(args)).result() as Promise<BootstrapReport>;

  it('runs with no input at all and reports zero changes where everything is in place', async () => {
    const calls: string[] = [];
    const report = await temporal.withWorkers({ shared: fakeShared(), host: fakeHost(calls) }, execute);
    expect(report).toMatchObject({ outcome: 'complete', changes: [], environment: 'test' });
    expect(calls).not.toContain('applySeed');
  });

  it('starts each service after everything that it depends on', async () => {
    const calls: string[] = [];
    await temporal.withWorkers({ shared: fakeShared(), host: fakeHost(calls) }, execute);
    const started = calls.filter((call) => call.startsWith('ensureService'));
    expect(started.at(-1)).toBe('ensureService infisical');
    expect(started).toHaveLength(3);
    expect(calls.at(-1)).toBe('startRuntime greeter');
  });

  it('names what provisioning did', async () => {
    const facts = { address: 'http://127.0.0.1:8881', generation: 'v4', projectId: 'p1' };
    const host = fakeHost([], {
      ensureIdentities: () => Promise.resolve({ facts, changes: ['set up the instance'] }),
    });
    const report = await temporal.withWorkers({ shared: fakeShared(), host }, execute);
    expect(report.changes).toEqual(['set up the instance']);
  });

  it('creates nothing where the operator gave an identity', async () => {
    const calls: string[] = [];
    const facts = { address: 'http://127.0.0.1:8881', generation: 'v3', projectId: 'theirs' };
    const host = fakeHost(calls, { adoptIdentity: () => Promise.resolve(facts) });
    const report = await temporal.withWorkers({ shared: fakeShared(), host }, execute);
    expect(report.infisical?.projectId).toBe('theirs');
    expect(calls).not.toContain('ensureIdentities');
  });

  it('retries an outage and never a refusal', async () => {
    let tries = 0;
    const host = fakeHost([], {
      planSeed: () =>
        ++tries < 3 ? Promise.reject(unavailable('no answer')) : Promise.resolve(seedReport()),
    });
    await temporal.withWorkers({ shared: fakeShared(), host }, execute);
    expect(tries).toBe(3);

    let refusals = 0;
    const refusing = fakeHost([], {
      planSeed: () => {
        refusals++;
        return Promise.reject(forbidden('the identity may not read'));
      },
    });
    const failed = temporal.withWorkers({ shared: fakeShared(), host: refusing }, execute);
    await expect(failed).rejects.toBeInstanceOf(WorkflowFailedError);
    expect(refusals).toBe(1);
  });

  it('plans again when the server changed between plan and apply', async () => {
    const plans = [seedReport({ CREATE: 2 }), seedReport({ CREATE: 1 })];
    let applied = 0;
    const host = fakeHost([], {
      planSeed: () => Promise.resolve(plans.shift() ?? seedReport()),
      applySeed: () =>
        ++applied === 1 ? Promise.reject(planStale('changed')) : Promise.resolve({ written: 1, requests: 1 }),
    });
    const report = await temporal.withWorkers({ shared: fakeShared(), host }, execute);
    expect(report.changes).toEqual(['wrote 1 secrets']);
  });

  it('is partial, and starts no service for a node that lacks a required key', async () => {
    const calls: string[] = [];
    const lacking = { node: 'n1', service: 'onex', keys: 0, missingOptional: [], provenance: {} };
    const host = fakeHost(calls, {
      prefetchNodes: () => Promise.resolve([{ ...lacking, file: 'withheld', missingRequired: ['API_KEY'] }]),
    });
    const report = await temporal.withWorkers({ shared: fakeShared(), host }, execute);
    expect(report.outcome).toBe('partial');
    expect(report.runtime).toMatchObject([{ name: 'greeter', action: 'skipped', proof: 'not started' }]);
    expect(calls).not.toContain('startRuntime greeter');
  });

  it('starts no infrastructure for an Infisical that something else runs', async () => {
    const calls: string[] = [];
    const shared = fakeShared({ infrastructure: { kind: 'external', address: 'https://secrets.example' } });
    const report = await temporal.withWorkers({ shared, host: fakeHost(calls) }, execute);
    expect(calls.some((call) => /Engine|Images|ensureService/.test(call))).toBe(false);
    expect(report.infisical?.address).toBe('https://secrets.example');
  });

  it('changes nothing in a dry run', async () => {
    const calls: string[] = [];
    const host = fakeHost(calls, { planSeed: () => Promise.resolve(seedReport({ CREATE: 5 })) });
    const report = await temporal.withWorkers({ shared: fakeShared(), host }, () =>
      execute([{ dryRun: true }]),
    );
    expect(report.outcome).toBe('dry run');
    expect(calls.sort()).toEqual(['checkState', 'observeStack', 'planSeed', 'readRequirements', 'readStack']);
  });

  it('tells what it waits for while it waits, and stops cleanly when cancelled', async () => {
    let release = () => {};
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const host = fakeHost([], { ensureNetwork: () => blocked.then(() => ({ changes: [] })) });
    await temporal.withWorkers({ shared: fakeShared(), host }, async () => {
      const handle = await start();
      const phase = async () => {
        const progress = await handle.query<Progress>('progress').catch(() => undefined);
        return progress?.phases.find(({ name }) => name === 'infrastructure')?.phase;
      };
      const shown = async () => (await phase()) ?? { state: 'unknown' };
      const waiting = { state: 'running', waitingFor: 'waiting for network and volumes' };
      while (!isDeepStrictEqual(await shown(), waiting))
        await new Promise((resolve) => setTimeout(resolve, 50));
      await handle.cancel();
      release();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      expect(await phase()).toEqual({ state: 'cancelled' });
      const { searchAttributes } = await handle.describe();
      expect(searchAttributes['BootstrapOutcome']).toEqual(['cancelled']);
    });
  });

  it('keeps the type of a failure, by which the command line chooses its exit code', async () => {
    const host = fakeHost([], { checkState: () => Promise.reject(forbidden('no')) });
    const failed = temporal.withWorkers({ shared: fakeShared(), host }, execute);
    await expect(failed).rejects.toMatchObject({ cause: { type: FailureType.forbidden, message: 'no' } });
  });
});
