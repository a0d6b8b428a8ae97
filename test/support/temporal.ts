import type { Context } from '@temporalio/activity';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDevServer, stopDevServer } from '../../client/temporal/dev-server';
import { temporalCli } from '../../client/temporal/temporal-cli';
import { hostTaskQueue, TASK_QUEUE } from '../../contracts/core/names';
import type { HostActivities } from '../../activities/host-activities';
import type { SharedActivities } from '../../activities/shared-activities';
import { CodecKeys } from '../../worker/sealing/codec-keys';
import { secretsPlugin } from '../../worker/sealing/secrets-plugin';
import { Heartbeats } from '../../worker/heartbeats';
import { UnexpectedFailures } from '../../worker/unexpected-failures';
import { bundleVersion, today } from './workflow-versions';

export interface TestTemporal {
  client: Client;
  address: string;
  /** Runs `work` while workers serve the given activities. */
  withWorkers<T>(fakes: Fakes, work: () => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

export interface Fakes {
  shared: SharedActivities;
  host: Partial<HostActivities>;
  hostName?: string;
  /** Of the workflows; today's where none is given. */
  bundle?: WorkflowBundle;
  /** What the workers call themselves. */
  identity?: string;
}

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });

/** A Temporal server of the suite's own, as the product starts it, and workers with whatever activities a test gives. */
export async function startTestTemporal(): Promise<TestTemporal> {
  const dir = await mkdtemp(join(tmpdir(), 'onex-temporal-'));
  const tools = join(homedir(), '.onex-bootstrap', 'tools');
  const { address } = await ensureDevServer(dir, () =>
    temporalCli(tools, process.env['PATH'] ?? '', () => {}),
  );
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const plugins = [secretsPlugin({ keys: new CodecKeys([['test', randomBytes(32)]]), shown: 'scrub' })];
  const client = new Client({ connection, plugins });
  const bundleOfToday = await bundleVersion(today);
  return {
    client,
    address,
    async withWorkers({ shared, host, hostName = 'test-host', bundle = bundleOfToday, identity }, work) {
      const common = {
        connection: native,
        plugins,
        ...(identity === undefined ? {} : { identity }),
        maxHeartbeatThrottleInterval: '1s' as const,
        // a step that never ends must not keep a failed test from ending
        shutdownForceTime: '10s' as const,
        interceptors: {
          activity: [
            (context: Context) => ({ inbound: new UnexpectedFailures(context) }),
            (context: Context) => ({ inbound: new Heartbeats(context) }),
          ],
        },
      };
      const workers = await Promise.all([
        Worker.create({
          ...common,
          taskQueue: TASK_QUEUE,
          workflowBundle: bundle,
          activities: { ...shared },
        }),
        Worker.create({ ...common, taskQueue: hostTaskQueue(hostName), activities: { ...host } }),
      ]);
      const [first, second] = workers;
      return first.runUntil(() => second.runUntil(work));
    },
    async stop() {
      await native.close();
      await connection.close();
      await stopDevServer(dir);
      await rm(dir, { recursive: true, force: true });
    },
  };
}
