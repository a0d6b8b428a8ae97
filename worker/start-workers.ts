import { Client } from '@temporalio/client';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { join } from 'node:path';
import { createActivities } from '../activities';
import type { ActivityDependencies } from '../activities/dependencies';
import { TASK_QUEUE, hostTaskQueue } from '../contracts/core/names';
import type { CodecKeys } from './sealing/codec-keys';
import { secretsPlugin } from './sealing/secrets-plugin';
import { Heartbeats } from './heartbeats';
import { processIdentity } from './process-identity';
import { releaseKilledSteps } from './release-killed-steps';
import { UnexpectedFailures } from './unexpected-failures';

const DEFAULT_ADDRESS = '127.0.0.1:7233'; // the SDK's
// A killed worker's sticky queue holds its runs back for this long; a re-read of so short a history costs milliseconds.
const STICKY_TIMEOUT = '1s';
// The SDK holds heartbeats back for most of their timeout otherwise, and a cancel arrives with their answers.
const HEARTBEATS_EVERY = '1s';
// Steps of this length end undisturbed when a worker stops; longer ones are cancelled and go on with the next worker.
const GRACE = '2s';
// Their clean-up takes seconds; one that hangs must not keep Ctrl-C waiting.
const FORCE = '20s';

export interface RunningWorkers {
  /** Resolves when every worker has stopped. */
  stopped: Promise<void>;
  stop(): Promise<void>;
}

/** One process, two workers: the shared queue and this host's own. `keys` seal Secrets in histories. */
export async function startWorkers(
  connect: ClientConnectConfig,
  given: Omit<ActivityDependencies, 'temporalAddress'>,
  keys: CodecKeys | undefined,
): Promise<RunningWorkers> {
  const connection = await NativeConnection.connect(connect.connectionOptions);
  const temporalAddress = connect.connectionOptions.address ?? DEFAULT_ADDRESS;
  const dependencies = { ...given, temporalAddress };
  const { shared, host } = createActivities(dependencies);
  const namespace = connect.namespace === undefined ? {} : { namespace: connect.namespace };
  const plugins = [secretsPlugin({ keys, shown: 'scrub' })];
  const common: Partial<WorkerOptions> = {
    connection,
    ...namespace,
    identity: processIdentity(),
    shutdownGraceTime: GRACE,
    shutdownForceTime: FORCE,
    plugins,
    maxHeartbeatThrottleInterval: HEARTBEATS_EVERY,
    interceptors: {
      activity: [
        (context) => ({ inbound: new UnexpectedFailures(context) }),
        (context) => ({ inbound: new Heartbeats(context) }),
      ],
    },
  };
  const released = releaseKilledSteps(new Client({ connection, ...namespace, plugins })).catch(
    (error: unknown) => given.logger.debug({ error }, 'steps of killed workers wait for their timeouts'),
  );
  const workers = await Promise.all([
    Worker.create({
      ...common,
      taskQueue: TASK_QUEUE,
      workflowBundle: { codePath: join(__dirname, '..', 'workflow-bundle.js') },
      stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
      activities: { ...shared },
    }),
    Worker.create({
      ...common,
      taskQueue: hostTaskQueue(dependencies.config.host),
      activities: { ...host },
    }),
  ]);
  const running = Promise.all(workers.map((worker) => worker.run()));
  const stopped = Promise.all([running, released]).then(() => connection.close());
  return {
    stopped,
    stop: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped;
    },
  };
}
