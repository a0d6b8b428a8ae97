import { Client } from '@temporalio/client';
import type { ClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { globalHandlers } from '@temporalio/worker/lib/workflow/vm-shared';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { environmentActivities } from '../activities';
import { startActivities } from '../activities/start';
import { TASK_QUEUE, lookupQueue } from '../contracts/core/names';
import type { ReadActivities } from '../contracts/reads/read-result';
import type { Host } from '../environment/host';
import { Leases } from '../environment/lease';
import { buildOf, processIdentity } from '../environment/process-identity';
import { heartbeats, holdingLease, keepingWords, unexpectedFailures } from './interceptors';
import { ofOthers } from './of-others';
import { releaseKilledSteps } from './release-killed-steps';
import { RunningSet } from './running-set';
import type { CodecKeys } from './sealing/codec-keys';
import type { KnownAttributes } from './search-attributes';
import { secretsPlugin } from './sealing/secrets-plugin';

const DEFAULT_ADDRESS = '127.0.0.1:7233'; // the SDK's
// A killed worker's sticky queue holds its runs back for this long; a re-read of so short a history costs milliseconds.
const STICKY_TIMEOUT = '1s';
// The SDK holds heartbeats back for most of their timeout otherwise, and a cancel arrives with their answers.
const HEARTBEATS_EVERY = '1s';
// Steps of this length end undisturbed when a worker stops; longer ones are cancelled and go on with the next worker.
const GRACE = '2s';
// Their clean-up takes seconds; one that hangs must not keep Ctrl-C waiting.
const FORCE = '8s';
// A server that is away answers none of the questions that are open: whoever stops the workers ends their process.
const STOPPED_AFTER_MS = 10_000;
// Environments that are declared while a worker runs are served after at most this long.
const LOOK_EVERY_MS = 1_000;

// A command that finds everything in place has ended by then, and needs them for nothing of its own.
const OTHERS_AFTER_MS = 3_000;

export interface WorkerDependencies {
  host: Host;
  logger: Logger;
  /** Which of our search attributes the Temporal server knows. */
  searchAttributes: KnownAttributes;
  /** Whether other installations may use the namespace too: what is theirs there is left alone. */
  shared: boolean;
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
  /** Resolves when every worker has stopped, and rejects when one fails that nobody stopped. */
  stopped: Promise<void>;
  /** What they speak through. */
  client: Client;
  /** Stops them within seconds, whatever they are doing. */
  stop(): Promise<void>;
}

/**
 * The workers of this process: one for runs without a place, and for each environment of this host one that looks it up
 * by name and one that does its work.
 */
export async function startWorkers(
  connect: ClientConnectConfig,
  { host, logger, searchAttributes, shared, reads, keys }: WorkerDependencies,
  { first, others }: Served,
): Promise<RunningWorkers> {
  const connection = await NativeConnection.connect(connect.connectionOptions);
  const namespace = connect.namespace === undefined ? {} : { namespace: connect.namespace };
  const plugins = [secretsPlugin({ keys, shown: 'scrub' })];
  const client = new Client({ connection, ...namespace, plugins });
  const own = await host.installation();
  const { packageDir, stateRoot } = host.configuration;
  const owned = shared ? ofOthers(client, own, logger) : () => Promise.resolve(false);
  const isOfOthers = async (environment: string) =>
    (await host.homeOf(environment)) === undefined && owned(environment);
  // The SDK's way to run workflows beside a debugger. A command that finds nothing to do took a third of its time to start a
  // thread for them; a worker keeps one, so that nothing in a workflow can hold up a heartbeat.
  const inThisThread = others === 'soon';
  // Else it would note, for `temporal workflow stack`, where each promise of the whole process was made.
  if (inThisThread) globalHandlers.installed = true;
  const bundle: Partial<WorkerOptions> = {
    workflowBundle: { codePath: join(__dirname, '..', 'workflow-bundle.js') },
    stickyQueueScheduleToStartTimeout: STICKY_TIMEOUT,
    debugMode: inThisThread,
  };
  const common: Partial<WorkerOptions> = {
    connection,
    ...namespace,
    identity: processIdentity(own, buildOf(packageDir), stateRoot),
    shutdownGraceTime: GRACE,
    shutdownForceTime: FORCE,
    plugins,
    maxHeartbeatThrottleInterval: HEARTBEATS_EVERY,
  };
  type Interceptors = NonNullable<NonNullable<WorkerOptions['interceptors']>['activity']>;
  const interceptors = (stateDir = () => host.configuration.stateRoot): Interceptors => [
    () => ({ inbound: keepingWords(stateDir()) }),
    (context) => ({ inbound: unexpectedFailures(context) }),
    (context) => ({ inbound: heartbeats(context) }),
  ];
  const start = startActivities(host, searchAttributes, shared);
  const ofEnvironment = { ...environmentActivities(host), ...start };
  const leases = new Leases();
  const server = serverOf(client, connect.connectionOptions.address ?? DEFAULT_ADDRESS);

  const forRunsWithoutPlace = () =>
    Worker.create({
      ...common,
      ...bundle,
      taskQueue: TASK_QUEUE,
      activities: { ...start, ...reads },
      interceptors: { activity: interceptors() },
    });
  const forLookUps = (environment: string) =>
    Worker.create({
      ...common,
      taskQueue: lookupQueue(environment),
      activities: start,
      interceptors: { activity: interceptors() },
    });
  const forWork = async (environment: string) => {
    const lease = { host, leases, environment, server };
    return Worker.create({
      ...common,
      ...bundle,
      taskQueue: await host.queueOf(environment),
      activities: ofEnvironment,
      interceptors: {
        activity: [
          ...interceptors(() => host.stateDirOf(environment)),
          () => ({ inbound: holdingLease(lease) }),
        ],
      },
    });
  };

  const released = releaseKilledSteps(client).catch((error: unknown) =>
    logger.debug({ error }, 'steps of killed workers wait for their timeouts'),
  );
  const running = new RunningSet();
  await running
    .serveAll(first.map((environment) => [workOf(environment), () => forWork(environment)]))
    .catch(async (error: unknown) => {
      await running.shutdown();
      await connection.close();
      throw error;
    });
  type Making = [string, () => Promise<Worker>];
  const placeless: Making = [TASK_QUEUE, forRunsWithoutPlace];
  const serveOthers = async () => {
    const rest = (await host.environments()).filter((environment) => !first.includes(environment));
    const theirs = await Promise.all(rest.map(isOfOthers));
    const environments = [...first, ...rest.filter((_, index) => !theirs[index])];
    const fresh = environments.filter((environment) => !running.serves(workOf(environment)));
    const homes = await Promise.all(environments.map((environment) => host.homeOf(environment)));
    const atHome = environments.filter((_, index) => homes[index] === undefined);
    await running.serveAll([
      // runs that look for their environment find it at its home
      ...(atHome.length > 0 || environments.length === 0 ? [placeless] : []),
      ...environments.map((environment): Making => [workOf(environment), () => forWork(environment)]),
      ...atHome.map((environment): Making => [lookupQueue(environment), () => forLookUps(environment)]),
    ]);
    for (const environment of fresh) logger.info({ environment }, 'serving an environment');
  };
  // A server that is away for a moment must not leave a queue unserved: the next look tries again.
  let ending = false;
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();
  const look = async (): Promise<void> => {
    looking = serveOthers().catch((error: unknown) =>
      logger.warn({ error }, 'not every queue of this host is served yet'),
    );
    await looking;
    if (!ending) timer = setTimeout(() => void look(), LOOK_EVERY_MS);
  };
  if (others === 'now') await look();
  else timer = setTimeout(() => void look(), OTHERS_AFTER_MS);
  const stop = async () => {
    await looking; // the connection must not be closed under a worker that is being made
    await Promise.all([running.shutdown(), released]);
    await connection.close();
  };
  return {
    ...{ stopped: running.stopped, client },
    stop: async () => {
      ending = true;
      clearTimeout(timer);
      const late = sleep(STOPPED_AFTER_MS, undefined, { ref: false });
      await Promise.race([stop(), late]).catch((error: unknown) => logger.debug({ error }, 'stopped badly'));
    },
  };
}

const workOf = (environment: string) => `work of ${environment}`;

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
