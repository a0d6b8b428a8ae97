import type { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import {
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
import { QUEUE } from './fake-activities';

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

/** A namespace of the Temporal server that the tests share, and workers with whatever activities a test gives. */
export async function startTestTemporal(): Promise<TestTemporal> {
  const [lent, bundleOfToday] = await Promise.all([borrow('temporal'), borrow('workflow-bundle')]);
  if (lent === undefined || bundleOfToday === undefined) throw new Error('no Temporal server is lent here');
  const { address, namespace } = lent;
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const plugins = [secretsPlugin({ keys: new CodecKeys([['test', randomBytes(32)]]), shown: 'scrub' })];
  const client = new Client({ connection, namespace, plugins });
  return {
    client,
    address,
    async withWorkers({ start, host, bundle = { codePath: bundleOfToday.path }, identity }, work) {
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
      const workers = await Promise.all([
        Worker.create({ ...common, taskQueue: TASK_QUEUE, activities: { ...start } }),
        Worker.create({ ...common, taskQueue: QUEUE, activities: { ...start, ...host } }),
      ]);
      const [first, second] = workers;
      return first.runUntil(() => second.runUntil(work));
    },
    async stop() {
      await native.close();
      await connection.close();
    },
  };
}
