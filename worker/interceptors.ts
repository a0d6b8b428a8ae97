import { CompleteAsyncError, type Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { badInput, unforeseen } from '../contracts/core/failures';
import { runRefSchema } from '../contracts/run/run-ref';
import { namingUnwritable } from '../environment/files/system';
import type { Host } from '../environment/host';
import { asFailure, InfisicalError } from '../infisical/problem';
import { keepWords } from '../environment/kept-words';
import type { Leases, Writer } from '../environment/lease';
import { currentRun, latestLine } from '../environment/progress';

type Step = () => Promise<unknown>;

/** What is done around every activity. */
const around = (work: (step: Step, input: ActivityExecuteInput) => Promise<unknown>) =>
  ({
    execute: (input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) =>
      work(() => next(input), input),
  }) satisfies ActivityInboundCallsInterceptor;

const BEAT_MS = 1_000; // well below every heartbeat timeout (workflows/policies.ts)

/** Beats for every activity while it runs, long or short: a killed worker is noticed in seconds, and a cancel arrives. */
export const heartbeats = (context: Context) =>
  around(async (step) => {
    const timer = setInterval(() => context.heartbeat(latestLine(context)), BEAT_MS);
    try {
      return await step();
    } finally {
      clearInterval(timer);
    }
  });

/** Keeps what others said to a failed step in a file of its environment, which the failure names. */
export const keepingWords = (stateDir: string) =>
  around(async (step) => {
    try {
      return await step();
    } catch (error) {
      throw await keepWords(stateDir, error);
    }
  });

// What nobody foresaw may be a passing fault or a bug; time does not cure a bug.
const TRIES = 6;

/** Names what nobody foresaw `Unexpected`, and gives up on it after a few tries. */
export const unexpectedFailures = (context: { info: Pick<Context['info'], 'attempt' | 'activityType'> }) =>
  around(async (step) => {
    try {
      return await step();
    } catch (error) {
      if (isForeseen(error)) throw error;
      const { attempt, activityType } = context.info;
      if (error instanceof InfisicalError) throw asFailure(error, `the step ${activityType}`);
      throw unforeseen(`The step ${activityType}`, error, attempt >= TRIES);
    }
  });

const isForeseen = (error: unknown) =>
  [ApplicationFailure, CancelledFailure, CompleteAsyncError].some((known) => error instanceof known) ||
  (error instanceof Error && error.name === 'AbortError');

/** What the steps of one environment share. */
interface LeaseOptions {
  host: Host;
  leases: Leases;
  /** The environment whose queue the worker polls. */
  environment: string;
  server: () => Promise<Pick<Writer, 'server' | 'address'>>;
}

/** Holds the environment's lease while a step of a run works, so that no other run changes it. Dry runs change nothing. */
export const holdingLease = ({ host, leases, environment, server }: LeaseOptions) =>
  around(async (step, { args }) => {
    const { data: run } = runRefSchema.safeParse(args[0]);
    if (run !== undefined && run.environment !== environment)
      throw badInput(`A step of ${run.environment} was sent to the queue of ${environment}, and is refused.`);
    const work = () => namingUnwritable(undefined, step);
    if (run === undefined || run.dryRun) return work();
    await host.open(run); // what names no declaration in force holds nobody up
    const writer = { ...(await server()), host: host.configuration.host, ...(run.under ?? currentRun()) };
    return leases.during(host.stateDirOf(environment), writer, work);
  });
