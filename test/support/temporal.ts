import type { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import {
  CombinedWorkerRunError,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundleOption,
} from '@temporalio/worker';
import { randomBytes } from 'node:crypto';
import { TASK_QUEUE } from '../../contracts/core/names';
import type { EnvironmentActivities } from '../../activities';
import type { RunActivities } from '../../activities/start';
import { CodecKeys } from '../../worker/sealing/codec-keys';
import { secretsPlugin } from '../../worker/sealing/secrets-plugin';
import { heartbeats, unexpectedFailures } from '../../worker/interceptors';
import { borrow } from './borrow';
import { fakeHost, fakeStart, QUEUE } from './fake-activities';

export interface TestTemporal {
  client: Client;
  address: string;
  /** Runs `work` while workers serve the given activities. */
  withWorkers<T>(fakes: Fakes, work: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export interface Fakes {
  start: RunActivities;
  host: Partial<EnvironmentActivities>;
  /** Of the workflows; today's where none is given. */
  bundle?: WorkflowBundleOption;
  /** What the workers call themselves. */
  identity?: string;
}

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

/** How workers come and go: with each `work`, or, which is quicker, they are `kept` for all that a file tests. */
type Workers = 'anew' | 'kept';

/** What a test failed with, where the workers failed too because it left a step running. */
const ofTheTest = (error: unknown): unknown =>
  error instanceof CombinedWorkerRunError ? ofTheTest(error.cause.innerError) : error;

/** A namespace of the Temporal server that the tests share, and workers with whatever activities a test gives. */
export async function startTestTemporal(workers: Workers = 'anew'): Promise<TestTemporal> {
  const [lent, bundleOfToday] = await Promise.all([borrow('temporal'), borrow('workflow-bundle')]);
  if (lent === undefined || bundleOfToday === undefined) throw new Error('no Temporal server is lent here');
  const { address, namespace } = lent;
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const plugins = [secretsPlugin({ keys: new CodecKeys([['test', randomBytes(32)]]), shown: 'scrub' })];
  const client = new Client({ connection, namespace, plugins });

  async function withNew<T>(
    { start, host, bundle = { codePath: bundleOfToday!.path }, identity }: Fakes,
    work: () => Promise<T>,
  ): Promise<T> {
    const common = {
      workflowBundle: bundle,
      connection: native,
      namespace,
      plugins,
      ...(identity === undefined ? {} : { identity }),
      maxHeartbeatThrottleInterval: '1s' as const,
      // a step that never ends must not keep a failed test from ending
      shutdownForceTime: '10s' as const,
      interceptors: {
        activity: [
          (context: Context) => ({ inbound: unexpectedFailures(context) }),
          (context: Context) => ({ inbound: heartbeats(context) }),
        ],
      },
    };
    const [first, second] = await Promise.all([
      Worker.create({ ...common, taskQueue: TASK_QUEUE, activities: { ...start } }),
      Worker.create({ ...common, taskQueue: QUEUE, activities: { ...start, ...host } }),
    ]);
    return first
      .runUntil(() => second.runUntil(work))
      .catch((error: unknown) => {
        throw ofTheTest(error);
      });
  }

  let current: Fakes | undefined;
  let kept: { end: () => void; ended: Promise<void> } | undefined;

  /** Workers whose activities are those of the moment. */
  async function keep(): Promise<void> {
    const known = { ...fakeStart(), ...fakeHost([]) };
    const now = Object.keys(known).map((name) => [
      name,
      (...args: never[]) => {
        const fakes = { ...current!.start, ...current!.host } as Record<
          string,
          (...args: never[]) => unknown
        >;
        const fake = fakes[name];
        if (fake !== undefined) return fake(...args);
        throw ApplicationFailure.create({ type: 'NotFoundError', message: `${name} is not registered` });
      },
    ]);
    const activities = Object.fromEntries(now) as RunActivities & EnvironmentActivities;
    await new Promise<void>((ready, failed) => {
      const over = new Promise<void>((end) => {
        const running = withNew({ start: activities, host: activities }, () => {
          ready();
          return over;
        });
        kept = { end, ended: running };
        running.catch(failed);
      });
    });
  }

  return {
    client,
    address,
    async withWorkers(fakes, work) {
      if (workers === 'anew' || fakes.bundle !== undefined || fakes.identity !== undefined)
        return withNew(fakes, work);
      current = fakes;
      if (kept === undefined) await keep();
      return work();
    },
    async stop() {
      kept?.end();
      await kept?.ended;
      await native.close();
      await connection.close();
    },
  };
}
