import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { processIdentity } from '../../environment/process-identity';
import { releaseKilledSteps } from '../../worker/release-killed-steps';
import { fakeHost, fakeStart } from '../support/fake-activities';
import { startRun } from '../support/runs';
import { startTestTemporal, type TestTemporal } from '../support/temporal';

const ALIVE = processIdentity('test-host-000000', 'build', '/tmp');
// as if our number had belonged to another process before
const KILLED = ALIVE.replace(/\.\d+ build /, '.1 build ');

describe('steps of killed workers', () => {
  let temporal: TestTemporal;
  beforeAll(async () => (temporal = await startTestTemporal()), 120_000);
  afterAll(() => temporal.stop());

  /** A first try that never ends, nor falls silent, nor hears of a cancel; `started` tells when it is under way. */
  function hanging() {
    let [reached, end] = [() => {}, () => {}];
    const started = new Promise<void>((resolve) => (reached = resolve));
    const over = new Promise<void>((resolve) => (end = resolve));
    const attempts: number[] = [];
    const host = fakeHost([], {
      ensureNetwork: async () => {
        attempts.push(Context.current().info.attempt);
        reached();
        if (attempts.length === 1) await over;
        return { changes: [] };
      },
    });
    return { fakes: { start: fakeStart(), host }, started, attempts, end: () => end() };
  }

  it('are given out again at once, and the run ends', async () => {
    const { fakes, started, attempts, end } = hanging();
    await temporal.withWorkers({ ...fakes, identity: KILLED }, async () => {
      const handle = await startRun(temporal.client);
      await started;
      await eventually(() => releaseKilledSteps(temporal.client), 1);
      expect(await handle.result()).toMatchObject({ outcome: 'complete' });
      expect(attempts).toEqual([1, 2]);
      expect(await releaseKilledSteps(temporal.client)).toBe(0);
      end();
    });
  });

  it('are cancelled where a cancel waits for them', async () => {
    const { fakes, started } = hanging();
    const deaf = {
      ...fakes.host,
      ensureNetwork: () => (void fakes.host.ensureNetwork({} as never), never()),
    };
    let end = () => {};
    const never = () => new Promise<never>((_resolve, reject) => (end = () => reject(new Error('over'))));
    await temporal.withWorkers({ ...fakes, host: deaf, identity: KILLED }, async () => {
      const handle = await startRun(temporal.client);
      await started;
      await handle.cancel();
      await eventually(() => releaseKilledSteps(temporal.client), 1);
      await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      end();
    });
  });

  it('are left alone while their process lives', async () => {
    const { fakes, started, attempts, end } = hanging();
    await temporal.withWorkers({ ...fakes, identity: ALIVE }, async () => {
      const handle = await startRun(temporal.client);
      await started;
      await sleep(1_000);
      expect(await releaseKilledSteps(temporal.client)).toBe(0);
      expect(attempts).toEqual([1]);
      end();
      await handle.result();
    });
  });
});

/** Visibility and cancel requests arrive a moment later, and a busy server misses the deadline of a call. */
async function eventually<T>(work: () => Promise<T>, wanted: T): Promise<void> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await sleep(50))
    if ((await work().catch(() => undefined)) === wanted) return;
  throw new Error(`never came to ${String(wanted)}`);
}
