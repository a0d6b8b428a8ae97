import type { EnvironmentActivities } from '../../activities';
import { FailureType, refused } from '../../contracts/core/failures';
import type { Watched } from '../../contracts/run/drift';
import { listed } from '../../contracts/run/summaries';
import { fakeHost, fakeStart } from '../support/fake-activities';
import { startRun } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

const noNames = listed([]);
const seen = (over: Partial<Watched> = {}): Watched => ({
  outcome: 'in step',
  drifts: noNames,
  heals: {},
  decide: [],
  unobserved: noNames,
  accepted: 0,
  digest: '000000000000',
  inStepAt: '2026-11-28T12:00:00.000Z',
  ...over,
});
const drifted = seen({
  outcome: 'drifted',
  drifts: listed(['container postgres: stopped [aaaaaaaaaaaa]']),
  heals: { container: ['postgres'] },
});

describe('a watch', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal('kept')), 120_000);
  afterAll(() => temporal.stop());

  async function watching(input: object, over: Partial<EnvironmentActivities>) {
    const calls: string[] = [];
    const host = fakeHost(calls, over);
    return temporal.withWorkers({ start: fakeStart(), host }, async () => {
      const handle = await startRun(temporal.client, { type: 'watch', workflowId: 'watch/test', input });
      const end = await handle.result().then(
        (result: unknown) => ({ result, cause: undefined }),
        ({ cause }: { cause: { type: string; message: string } }) => ({ result: undefined, cause }),
      );
      const { memo, searchAttributes, status } = await handle.describe();
      return { ...end, calls, memo, searchAttributes, status: status.name };
    });
  }

  it('looks once, changes nothing and tells what it saw, to whoever searches too', async () => {
    const refs: unknown[] = [];
    const { result, calls, memo, searchAttributes } = await watching(
      { accept: ['bbbbbbbbbbbb'] },
      { lookAround: (ref, accept) => (refs.push(ref.dryRun, accept), Promise.resolve(drifted)) },
    );
    expect(result).toEqual(drifted);
    expect(calls).toEqual(['lookAround']);
    expect(refs).toEqual([true, { digests: ['bbbbbbbbbbbb'], by: 'somebody@somewhere' }]);
    expect(memo).toMatchObject({
      drifts: ['1', 'container postgres: stopped [aaaaaaaaaaaa]'],
      inStepAt: '2026-11-28T12:00:00.000Z',
      next: expect.stringContaining('onex-bootstrap watch -e test --now --on-drift heal'),
    });
    expect(searchAttributes).toMatchObject({
      BootstrapOutcome: ['drifted'],
      BootstrapDrift: [1],
      BootstrapInStep: [new Date('2026-11-28T12:00:00.000Z')],
    });
  });

  it.each([
    [seen(), 'COMPLETED'],
    [seen({ outcome: 'unobserved', unobserved: listed(['engine: away']) }), 'COMPLETED'],
    [drifted, 'FAILED'],
  ])('fails where it was asked to and saw a drift, and only then: %#', async (what, expected) => {
    const { status, ...end } = await watching(
      { onDrift: 'fail' },
      { lookAround: () => Promise.resolve(what) },
    );
    expect(status).toBe(expected);
    if (expected === 'FAILED')
      expect(end).toMatchObject({
        cause: {
          type: FailureType.drifted,
          message: expect.stringMatching(/test is not as declared: container postgres: stopped/),
        },
        searchAttributes: { BootstrapOutcome: ['drifted'] },
      });
  });

  it('heals what needs no decision, as the only writer, and ends with what is left', async () => {
    const looks = [
      drifted,
      seen({
        outcome: 'drifted',
        drifts: noNames,
        heals: { container: ['postgres', 'greeter'], secret: ['/shared/A'], 'node file': ['n1'] },
        decide: ['valkey'],
      }),
      seen({
        outcome: 'drifted',
        drifts: listed(['container valkey: changed [cccccccccccc]']),
        decide: ['valkey'],
      }),
    ];
    const { result, calls, memo } = await watching(
      { onDrift: 'heal' },
      { lookAround: () => Promise.resolve(looks.shift() ?? seen()) },
    );
    expect(calls).toEqual([
      'lookAround',
      'lookAround',
      'readStack',
      'ensureService postgres',
      'planSeed',
      'prefetchNodes',
      'lookAround',
    ]);
    expect(result).toMatchObject({ outcome: 'drifted', decide: ['valkey'] });
    expect(memo?.['phases']).toEqual([
      expect.stringContaining('look: done: drifted'),
      expect.stringContaining('heal: done: 0 repaired, drifted, 1 drifts'),
    ]);
  });

  it('tells what kept it from repairing, and still says what it saw', async () => {
    const failing = () => Promise.reject(refused('postgres is somebody else’s'));
    const looking = () => Promise.resolve(drifted);
    const { result, memo } = await watching(
      { onDrift: 'heal' },
      { lookAround: looking, ensureService: failing },
    );
    expect(result).toEqual(drifted);
    expect(memo?.['phases']).toContain('heal: done: not repaired: postgres is somebody else’s');

    const busy = await watching(
      { onDrift: 'heal' },
      {
        lookAround: async () => {
          await startRun(temporal.client, { type: 'bootstrap' }).catch(() => undefined);
          return drifted;
        },
        checkMachine: () => new Promise((resolve) => setTimeout(() => resolve({ changes: [] }), 3_000)),
      },
    );
    expect(busy.memo?.['phases']).toContain('heal: done: 0 repaired, drifted, 1 drifts'); // once that one has ended
  });
});
