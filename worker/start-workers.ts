import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { join } from 'node:path';
import { createActivities } from '../activities';
import type { ActivityDependencies } from '../activities/dependencies';
import { TASK_QUEUE, hostTaskQueue } from '../contracts/core/names';
import { ScrubFailures } from './scrub-failures';

// A killed worker's sticky queue holds its runs back for this long; a re-read of so short a history costs milliseconds.
const STICKY_TIMEOUT = '1s';
// Activities stop at their next heartbeat; the rest is for their clean-up.
const GRACE = '15s';

export interface RunningWorkers {
  /** Resolves when every worker has stopped. */
  stopped: Promise<void>;
  stop(): Promise<void>;
}

/** One process, two workers: the shared queue and this host's own. */
export async function startWorkers(
  connect: ClientConnectConfig,
  dependencies: ActivityDependencies,
): Promise<RunningWorkers> {
  const connection = await NativeConnection.connect(connect.connectionOptions);
  const { shared, host } = createActivities(dependencies);
  const common: Partial<WorkerOptions> = {
    connection,
    ...(connect.namespace === undefined ? {} : { namespace: connect.namespace }),
    shutdownGraceTime: GRACE,
    interceptors: { activity: [(context) => ({ inbound: new ScrubFailures(context) })] },
  };
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
  const stopped = running.then(() => connection.close());
  return {
    stopped,
    stop: async () => {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await stopped;
    },
  };
}
