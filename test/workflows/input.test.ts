import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startActivities, type RunActivities } from '../../activities/start';
import { FailureType } from '../../contracts/core/failures';
import { TASK_QUEUE } from '../../contracts/core/names';
import type { Host } from '../../environment/host';
import { hostIn } from '../support/declared';
import { fakeHost, QUEUE } from '../support/fake-activities';
import { startRun, toldOf } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

describe('a run as it is started from Temporal itself', () => {
  let temporal: TestTemporal;
  let stateRoot: string;
  let host: Host;
  let start: RunActivities;
  beforeAll(async () => (temporal = await startTestTemporal()), 120_000);
  afterAll(() => temporal.stop());
  beforeEach(async () => {
    stateRoot = await mkdtemp(join(tmpdir(), 'onex-input-'));
    host = hostIn(stateRoot, { ONEX_NODES_DIR: join(stateRoot, 'nodes') });
    const real = startActivities(host, { runs: true, drift: true }, false);
    // the work itself is done by fakes, on their queue
    start = { startRun: async (input) => ({ ...(await real.startRun(input)), queue: QUEUE }) };
  });
  afterEach(() => rm(stateRoot, { recursive: true }));

  const declare = async (...environments: string[]) => {
    for (const environment of environments)
      await host.declare({ environment, flags: { infisical: 'https://secrets.example' } });
  };

  /** How a run on the common queue ended, and what was told of it. */
  const run = (input?: unknown, identity?: string) =>
    temporal.withWorkers(
      { start, host: fakeHost([]), ...(identity === undefined ? {} : { identity }) },
      async () => {
        const handle = await startRun(temporal.client, {
          workflowId: 'bootstrap/dev',
          taskQueue: TASK_QUEUE,
          input,
        });
        const result = await handle.result().catch((error: unknown) => error);
        return { result, ...(await toldOf(handle)) };
      },
    );
  const badInput = (...words: string[]) => ({
    cause: {
      type: FailureType.badInput,
      message: expect.stringMatching(
        new RegExp(words.map((word) => word.replaceAll(/[.{}"]/g, '\\$&')).join('[^]*')),
      ),
    },
  });

  it.each([
    ['an unknown field', { environmnt: 'dev' }, ['environmnt: unknown field; did you mean environment?']],
    ['a path', { stackFile: '/tmp/x.yml' }, ['stackFile: unknown field']],
    ['another type', { dryRun: 'yes' }, ['dryRun: expected boolean']],
    ['no object', 'dev', ['input: expected object']],
    ['a name that is none', { environment: '../etc' }, ['environment: ']],
    ['every problem at once', { dryRun: 1, allowpartial: true }, ['dryRun: ', 'did you mean allowPartial?']],
  ])('is refused for %s, with the fields that there are', async (_what, input, words) => {
    await declare('dev');
    const { result } = await run(input);
    expect(result).toMatchObject(badInput(...words, 'Its fields: environment, dryRun, overwrite'));
  });

  it('goes by the only environment that is declared, and says who asked', async () => {
    await declare('dev');
    const { result, memo } = await run();
    expect(result).toMatchObject({ outcome: 'complete', environment: 'dev' });
    expect(memo['startedBy']).toMatch(/^\d+@/);
  });

  it('is refused where several are declared and none is named', async () => {
    await declare('dev', 'prod');
    expect((await run()).result).toMatchObject(badInput('name one of dev, prod'));
  });

  it('is refused where none is declared, with how to declare one', async () => {
    expect((await run()).result).toMatchObject(badInput('No environment is declared', 'onex-bootstrap up'));
  });

  it('is refused where the named one was never declared, with those that are', async () => {
    await declare('dev');
    expect((await run({ environment: 'prod' })).result).toMatchObject(
      badInput('prod was never declared', 'those that are: dev'),
    );
  });

  it('keeps who asked for it, also where a child does the work', async () => {
    await declare('dev');
    await temporal.withWorkers({ start, host: fakeHost([]) }, async () => {
      const byHand = await startRun(temporal.client, { workflowId: 'by-hand/dev' });
      await byHand.result();
      const { memo } = await toldOf(temporal.client.workflow.getHandle('bootstrap/dev'));
      expect(memo['startedBy']).toMatch(/^\d+@/);
    });
  });

  // the last one: the server remembers for minutes who looked for work
  it('is refused where several hosts could be meant', async () => {
    await declare('dev');
    const { result } = await run(undefined, '1@h2 of h2-0123ab');
    expect(result).toMatchObject(badInput('Workers of several hosts', 'h2-0123ab', 'name the environment'));
  });
});
