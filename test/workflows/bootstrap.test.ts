import { WorkflowFailedError } from '@temporalio/client';
import { isDeepStrictEqual } from 'node:util';
import type { EnvironmentActivities } from '../../activities';
import { FailureType, forbidden, planStale, unavailable } from '../../contracts/core/failures';
import type { RunStart } from '../../contracts/run/run-ref';
import type { BootstrapReport } from '../../contracts/run/summaries';
import type { Progress } from '../../workflows/progress';
import { fakeHost, fakeStart, planSummary } from '../support/fake-activities';
import { startRun, toldOf } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

describe('bootstrap', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal('kept')), 120_000);
  afterAll(() => temporal.stop());

  interface World {
    host?: Partial<EnvironmentActivities>;
    start?: Partial<RunStart>;
    input?: object;
  }

  /** A run to its end, and the steps that it took. */
  async function execute({ host = {}, start = {}, input }: World = {}) {
    const calls: string[] = [];
    const report = await temporal.withWorkers(
      { start: fakeStart(start), host: fakeHost(calls, host) },
      async () => (await startRun(temporal.client, { input })).result() as Promise<BootstrapReport>,
    );
    return { report, calls };
  }

  it('runs with no input at all and reports zero changes where everything is in place', async () => {
    const { report, calls } = await execute();
    expect(report).toMatchObject({ outcome: 'complete', changes: { count: 0 }, environment: 'test' });
    expect(calls).not.toContain('applySeed');
  });

  it('starts each service after everything that it depends on', async () => {
    const { calls } = await execute();
    const started = calls.filter((call) => call.startsWith('ensureService'));
    expect(started.at(-1)).toBe('ensureService infisical');
    expect(started).toHaveLength(3);
    expect(calls.slice(-2)).toEqual(['startRuntime greeter', 'keepReport']);
  });

  const STACK_STEPS = /^ensure(Engine|StackSecrets|Images|Network|Service)/;
  const row = (name: string) => ({ name, image: `${name}:1`, kind: 'registry', action: 'kept' }) as const;

  it('takes no step for a stack in which one look finds nothing to do', async () => {
    const services = [row('postgres'), row('valkey'), row('infisical')];
    const { report, calls } = await execute({
      host: { standingServices: () => Promise.resolve({ changes: [], services }) },
    });
    expect(report).toMatchObject({ outcome: 'complete', services });
    expect(calls.filter((call) => STACK_STEPS.test(call))).toEqual([]);
  });

  it('goes step by step where that look fails for now, and ends by what it refuses', async () => {
    const lost = () => Promise.reject(unavailable('the engine went away'));
    const { calls } = await execute({ host: { standingServices: lost } });
    expect(calls.filter((call) => STACK_STEPS.test(call))).toHaveLength(7);
    const refusing = execute({ host: { standingServices: () => Promise.reject(forbidden('not yours')) } });
    await expect(refusing).rejects.toMatchObject({ cause: { type: FailureType.forbidden } });
  });

  it('looks neither in a dry run nor before an approval', async () => {
    const looks = { standingServices: () => Promise.reject(forbidden('nobody asked for that')) };
    for (const input of [{ dryRun: true }, { approve: true }])
      expect((await execute({ host: looks, input })).report.changes.count).toBe(0);
  });

  it('names what provisioning did', async () => {
    const facts = { address: 'http://127.0.0.1:8881', generation: 'v4', projectId: 'p1' };
    const ensureIdentities = () => Promise.resolve({ facts, changes: ['set up the instance'] });
    const { report } = await execute({ host: { ensureIdentities } });
    expect(report.changes).toEqual({ count: 1, first: ['set up the instance'] });
  });

  it('plans again when the server changed between plan and apply', async () => {
    const plans = [planSummary({ CREATE: 2 }), planSummary({ CREATE: 1 })];
    let applied = 0;
    const { report } = await execute({
      host: {
        planSeed: () => Promise.resolve(plans.shift() ?? planSummary()),
        applySeed: () =>
          ++applied === 1 ? Promise.reject(planStale('changed')) : Promise.resolve({ written: 1 }),
      },
    });
    expect(report.changes.first).toEqual(['wrote 1 secret']);
  });

  it('gives up where the server changes under every plan', async () => {
    let applied = 0;
    const failed = execute({
      host: {
        planSeed: () => Promise.resolve(planSummary({ CREATE: 1 })),
        applySeed: () => (applied++, Promise.reject(planStale('changed'))),
      },
    });
    await expect(failed).rejects.toMatchObject({ cause: { type: FailureType.planStale } });
    expect(applied).toBe(3);
  });

  it('starts no infrastructure for an Infisical that something else runs', async () => {
    const { report, calls } = await execute({ start: { infrastructure: 'external' } });
    expect(calls.filter((call) => /Engine|Images|Stack|ensureService|Runtime /.test(call))).toEqual([]);
    expect(calls).toContain('awaitInfisical');
    expect(report).toMatchObject({ outcome: 'complete', services: [], runtime: [] });
  });

  it('changes nothing in a dry run', async () => {
    const planSeed = () => Promise.resolve(planSummary({ CREATE: 5 }));
    const { report, calls } = await execute({ host: { planSeed }, input: { dryRun: true } });
    expect(report.outcome).toBe('changes pending');
    const looks = [
      'checkMachine',
      'observeStack',
      'planChanges',
      'planSeed',
      'readRequirements',
      'readStack',
    ];
    expect(calls.sort()).toEqual([...looks, 'keepReport'].sort());
  });

  it('is in step where a dry run finds nothing to do', async () => {
    const { report } = await execute({ input: { dryRun: true } });
    expect(report.outcome).toBe('in step');
  });

  it('tells what it waits for while it waits, and stops cleanly when cancelled', async () => {
    let release = () => {};
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const host = fakeHost([], { ensureNetwork: () => blocked.then(() => ({ changes: [] })) });
    await temporal.withWorkers({ start: fakeStart(), host }, async () => {
      const handle = await startRun(temporal.client);
      const phase = async () => {
        const progress = await handle.query<Progress>('progress').catch(() => undefined);
        return progress?.phases.find(({ name }) => name === 'infrastructure')?.phase;
      };
      const waiting = { state: 'running', waitingFor: 'waiting for the network and volumes' };
      await eventually(async () => isDeepStrictEqual(await phase(), waiting));
      expect((await toldOf(handle)).memo).toMatchObject({ waitingFor: 'the network and volumes' });
      await handle.cancel();
      release();
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      expect(await phase()).toEqual({ state: 'cancelled' });
      expect((await toldOf(handle)).outcome).toBe('cancelled');
    });
  });

  it('tells of those of several services that are still waited for', async () => {
    let release = () => {};
    const blocked = new Promise<void>((resolve) => (release = resolve));
    const usual = fakeHost([]);
    const ensureService: EnvironmentActivities['ensureService'] = async (run, name) => {
      if (name === 'valkey') await blocked;
      return usual.ensureService(run, name);
    };
    await temporal.withWorkers({ start: fakeStart(), host: fakeHost([], { ensureService }) }, async () => {
      const handle = await startRun(temporal.client);
      const only = 'valkey to be ready (it answers)';
      await eventually(async () => (await toldOf(handle)).memo['waitingFor'] === only);
      release();
      await handle.result();
    });
  });

  it('keeps the type of a failure, by which the command line chooses its exit code, and tries a refusal once', async () => {
    let tries = 0;
    const failed = execute({ host: { planSeed: () => (tries++, Promise.reject(forbidden('no'))) } });
    await expect(failed).rejects.toBeInstanceOf(WorkflowFailedError);
    await expect(failed).rejects.toMatchObject({ cause: { type: FailureType.forbidden, message: 'no' } });
    expect(tries).toBe(1);
  });
});

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 50));
}
