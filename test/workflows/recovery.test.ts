import type { EnvironmentActivities } from '../../activities';
import { forbidden, unavailable } from '../../contracts/core/failures';
import type { RunStart } from '../../contracts/run/run-ref';
import { fakeHost, fakeStart, planSummary } from '../support/fake-activities';
import { failing, outage } from '../support/histories/hosts';
import { historyOf, startRun } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

const GROUND = ['ensureEngine', 'ensureNetworks'];
const INFRASTRUCTURE = ['ensureService postgres', 'ensureService valkey', 'ensureService infisical'];

describe('a step that finds what it stands on gone', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal('kept')), 120_000);
  afterAll(() => temporal.stop());

  interface World {
    host: Partial<EnvironmentActivities>;
    start?: Partial<RunStart>;
    type?: string;
    input?: object;
  }

  /** The steps that the history shows from the first `from` on, and how the run ended. */
  async function play({ host, start, type = 'bootstrap', input }: World, from: string) {
    const fakes = { start: fakeStart(start), host: fakeHost([], host) };
    return temporal.withWorkers(fakes, async () => {
      const handle = await startRun(temporal.client, { type, input });
      const result = await handle.result().catch((error: unknown) => error);
      const { steps } = await historyOf(handle);
      return { result, steps: steps.slice(steps.indexOf(from)) };
    });
  }

  it('has the engine and the services brought back in order, and is done again', async () => {
    const { result, steps } = await play({ host: outage({}, 'planSeed') }, 'planSeed');
    expect(result).toMatchObject({ outcome: 'complete' });
    const [engine, networks, ...services] = steps.slice(1, 6);
    expect([engine, networks, ...services.slice(0, 2).sort(), services[2]]).toEqual([
      ...GROUND,
      ...INFRASTRUCTURE,
    ]);
    expect(steps.slice(6, 8)).toEqual(['planSeed', 'prefetchNodes']);
  });

  it.each([
    ['backup', 'makeBackup', {}],
    ['prune', 'planPrune', {}],
    ['promote', 'planSeed', { from: 'dev' }],
  ] as const)('%s learns the stack only where something of it is lost', async (type, step, input) => {
    const { result, steps } = await play({ host: outage({}, step), type, input }, step);
    expect(result).toMatchObject({ outcome: 'complete' });
    const [stack, engine, networks, ...services] = steps.slice(1, 7);
    expect([stack, engine, networks, ...services.slice(0, 2).sort(), services[2]]).toEqual([
      'readStack',
      ...GROUND,
      ...INFRASTRUCTURE,
    ]);
    expect(steps[7]).toBe(step);
  });

  it('a service has only what it depends on brought back', async () => {
    const usual = fakeHost([]);
    let tries = 0;
    const ensureService: EnvironmentActivities['ensureService'] = (run, name) =>
      name === 'infisical' && tries++ < 3
        ? Promise.reject(unavailable('no answer'))
        : usual.ensureService(run, name);
    const { result, steps } = await play({ host: { ensureService } }, 'ensureService infisical');
    expect(result).toMatchObject({ outcome: 'complete' });
    const restored = steps.slice(1, 5).sort();
    expect(restored).toEqual([...GROUND, 'ensureService postgres', 'ensureService valkey']);
    expect(steps.slice(5, 7)).toEqual(['ensureService infisical', 'ensureIdentities']);
  });

  it('goes on where nobody can bring the engine back yet, and tells what is brought back', async () => {
    const created = { name: '', image: '', kind: 'registry', action: 'created' } as const;
    let engine = 0;
    let isLost = true;
    const { result, steps } = await play(
      {
        host: {
          ...outage({}, 'prefetchNodes'),
          // there at the start, then not to be had, then found
          ensureEngine: () =>
            ++engine === 2 ? Promise.reject(forbidden('no root')) : Promise.resolve({ changes: [] }),
          ensureService: (_run, name) => {
            const action = name === 'postgres' && engine > 1 && isLost ? 'created' : 'kept';
            if (action === 'created') isLost = false;
            return Promise.resolve({ ...created, name, action });
          },
        },
      },
      'prefetchNodes',
    );
    expect(result).toMatchObject({ outcome: 'complete', changes: { first: ['created postgres'] } });
    expect(steps).toEqual(expect.arrayContaining([...GROUND, ...INFRASTRUCTURE]));
  });

  it('brings nothing back for a failure that is final', async () => {
    const host = failing({}, 'planSeed', forbidden('no'));
    const { result, steps } = await play({ host }, 'planSeed');
    expect(result).toMatchObject({ cause: { message: 'no' } });
    expect(steps).toEqual(['planSeed']);
  });

  it.each([
    [
      'of an Infisical that something else runs',
      { start: { infrastructure: 'external' as const } },
      'prefetchNodes',
    ],
    ['of a dry run', { input: { dryRun: true } }, 'planChanges'],
    ['of a workflow that only uses the stack', { type: 'seedSecrets' }, 'applySeed'],
  ])('brings nothing back in a step %s: it is tried again', async (_whose, world, next) => {
    const over = { planSeed: () => Promise.resolve(planSummary({ CREATE: next === 'applySeed' ? 1 : 0 })) };
    const { result, steps } = await play({ host: outage(over, 'planSeed'), ...world }, 'planSeed');
    expect(result).not.toBeInstanceOf(Error);
    expect(steps.slice(0, 2)).toEqual(['planSeed', next]);
  });

  it('brings back what died before the report was kept, and what it stands on, and keeps it again', async () => {
    const kept = { run: '00000000-0000-4000-8000-000000000000', digest: 'd' };
    let looks = 0;
    const keepReport = () => Promise.resolve({ ...kept, lost: looks++ === 0 ? ['postgres'] : [] });
    const { result, steps } = await play({ host: { keepReport } }, 'keepReport');
    expect(result).toMatchObject({ outcome: 'complete', report: kept });
    expect([...steps.slice(1, -2)].sort()).toEqual([...GROUND, ...INFRASTRUCTURE].sort());
    expect(steps.slice(-2)).toEqual(['startRuntime greeter', 'keepReport']);
  });

  it('fails where a service dies after every start, by its name', async () => {
    const keepReport = () => Promise.resolve({ run: 'r', digest: 'd', lost: ['greeter'] });
    const { result } = await play({ host: { keepReport } }, 'keepReport');
    expect(result).toMatchObject({ cause: { type: 'Refused', message: expect.stringMatching(/^greeter/) } });
  });
});
