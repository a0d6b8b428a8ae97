import { Client } from '@temporalio/client';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { environmentActivities } from '../activities';
import { startActivities } from '../activities/start';
import { TASK_QUEUE, lookupQueue } from '../contracts/core/names';
import type { ReadActivities } from '../contracts/reads/read-result';
import type { Host } from '../environment/host';
import { Leases } from '../environment/lease';
import { processIdentity } from '../environment/process-identity';
import { Heartbeats } from './heartbeats';
import { HoldLease } from './hold-lease';
import { releaseKilledSteps } from './release-killed-steps';
import type { CodecKeys } from './sealing/codec-keys';
import { secretsPlugin } from './sealing/secrets-plugin';
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
// Environments that are declared while a worker runs are served after at most this long.
const LOOK_EVERY_MS = 1_000;

// A command that finds everything in place has ended by then, and needs them for nothing of its own.
const OTHERS_AFTER_MS = 3_000;

export interface WorkerDependencies {
  host: Host;
  logger: Logger;
  /** Whether the Temporal server knows our search attributes. */
  searchAttributes: boolean;
  reads: ReadActivities;
  /** What seals Secrets in histories. */
  keys: CodecKeys | undefined;
}

/** `first` are served from the start; other environments and runs without a place at once, or a moment later. */
export interface Served {
  first: readonly string[];
  others: 'now' | 'soon';
}

export interface RunningWorkers {
  /** Resolves when every worker has stopped. */
  stopped: Promise<void>;
  stop(): Promise<void>;
}

/**
 * The workers of this process: one for runs without a place, and for each environment of this host one that looks it up
 * by name and one that does its work.
 */
export async function startWorkers(
  connect: ClientConnectConfig,
  { host, logger, searchAttributes, reads, keys }: WorkerDependencies,
  { first, others }: Served,
): Promise<RunningWorkers> {
  const connection = await NativeConnection.connect(connect.connectionOptions);
  const namespace = connect.namespace === undefined ? {} : { namespace: connect.namespace };
  const plugins = [secretsPlugin({ keys, shown: 'scrub' })];
  const client = new Client({ connection, ...namespace, plugins });
  const bundle: Partial<WorkerOptions> = {
    workflowBundle: { codePath: join(__dirname, '..', 'workflow-bundle.js') },
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
  };
  const common: Partial<WorkerOptions> = {
    connection,
    ...namespace,
    identity: processIdentity(await host.installation()),
    shutdownGraceTime: GRACE,
    shutdownForceTime: FORCE,
    plugins,
    maxHeartbeatThrottleInterval: HEARTBEATS_EVERY,
  };
  const interceptors: NonNullable<NonNullable<WorkerOptions['interceptors']>['activity']> = [
    (context) => ({ inbound: new UnexpectedFailures(context) }),
    (context) => ({ inbound: new Heartbeats(context) }),
  ];
  const start = startActivities(host, searchAttributes);
  const ofEnvironment = { ...environmentActivities(host), ...start };
  const leases = new Leases();
  const server = serverOf(client, connect.connectionOptions.address ?? DEFAULT_ADDRESS);

  const forRunsWithoutPlace = () =>
    Worker.create({
      ...common,
      ...bundle,
      taskQueue: TASK_QUEUE,
      activities: { ...start, ...reads },
      interceptors: { activity: interceptors },
    });
  const forLookUps = (environment: string) =>
    Worker.create({
      ...common,
      taskQueue: lookupQueue(environment),
      activities: start,
      interceptors: { activity: interceptors },
    });
  const forWork = async (environment: string) => {
    const lease = { host, leases, environment, server };
    return Worker.create({
      ...common,
      ...bundle,
      taskQueue: await host.queueOf(environment),
      activities: ofEnvironment,
      interceptors: { activity: [...interceptors, () => ({ inbound: new HoldLease(lease) })] },
    });
  };

  const released = releaseKilledSteps(client).catch((error: unknown) =>
    logger.debug({ error }, 'steps of killed workers wait for their timeouts'),
  );
  const running = new RunningSet();
  const served = new Set(first);
  running.add(await Promise.all(first.map(forWork)));
  let timer: NodeJS.Timeout | undefined;
  let starting = Promise.resolve();
  const tell = (error: unknown) => logger.warn({ error }, 'not every queue of this host is served');
  const look = async () => {
    for (const environment of await host.environments()) {
      if (served.has(environment)) continue;
      served.add(environment);
      running.add(await Promise.all([forWork(environment), forLookUps(environment)]));
      logger.info({ environment }, 'serving an environment');
    }
  };
  const serveOthers = async () => {
    running.add(await Promise.all([forRunsWithoutPlace(), ...first.map(forLookUps)]));
    await look();
    timer = setInterval(() => void look().catch(tell), LOOK_EVERY_MS);
  };
  if (others === 'now') await serveOthers();
  else timer = setTimeout(() => void (starting = serveOthers().catch(tell)), OTHERS_AFTER_MS);
  const stopped = Promise.all([running.stopped, released]).then(() => {
    clearTimeout(timer);
    return connection.close();
  });
  return {
    stopped,
    stop: async () => {
      clearTimeout(timer);
      await starting; // the connection must not be closed under a worker that is being made
      clearTimeout(timer);
      running.shutdown();
      await stopped;
    },
  };
}

/** Workers that came one after another; stopped when all of them are. */
class RunningSet {
  readonly #workers: Worker[] = [];
  #open = 0;
  #isEnding = false;
  #settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  readonly stopped = new Promise<void>((resolve, reject) => (this.#settle = { resolve, reject }));

  add(workers: readonly Worker[]): void {
    for (const worker of workers) {
      this.#workers.push(worker);
      this.#open += 1;
      worker.run().then(
        () => (this.#open -= 1) === 0 && this.#settle?.resolve(),
        (error: unknown) => this.#settle?.reject(error),
      );
      if (this.#isEnding) worker.shutdown();
    }
  }

  shutdown(): void {
    this.#isEnding = true;
    for (const worker of this.#workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  }
}

/** The id of the client's namespace, asked once: no two servers share one. */
function serverOf(client: Client, address: string) {
  let known: Promise<{ server: string; address: string }> | undefined;
  const ask = async () => ({ server: await namespaceId(client), address });
  return () => {
    known ??= ask();
    known.catch(() => (known = undefined));
    return known;
  };
}

/** The id of the client's namespace. */
export async function namespaceId({ workflowService, options }: Client): Promise<string> {
  const { namespaceInfo } = await workflowService.describeNamespace({ namespace: options.namespace });
  return namespaceInfo?.id ?? options.namespace;
}
