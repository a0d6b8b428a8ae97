import {
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleDescription,
  type ScheduleUpdateOptions,
} from '@temporalio/client';
import stringify from 'safe-stable-stringify';
import { badInput, refused } from '../../contracts/core/failures';
import { installationIn } from '../../contracts/core/names';
import type { Choices } from '../../contracts/run/run-ref';

// As of every run: a step of its own code that a killed worker had taken is given out again after this.
const WORKFLOW_TASK_TIMEOUT = 5_000;
const SHORTEST = 60; // seconds: a look takes some of them

/** What a Temporal Schedule of an environment starts, and how often. */
export interface Job {
  /** Its name, and the start of its runs' ids: `watch/prod`. */
  scheduleId: string;
  /** Seconds between two runs. */
  every: number;
  workflow: string;
  /** The queue of the environment. */
  taskQueue: string;
  /** The run's input: names and choices. */
  input: Choices;
}

/** A schedule as the server has it. */
export interface ScheduleState {
  every: number;
  paused: boolean;
  /** What its runs are started with. */
  input: Choices;
  /** When it runs next; undefined while it is paused. */
  next: Date | undefined;
  /** The workflow id of the last run that it started; undefined before the first one. */
  lastRun: string | undefined;
}

/**
 * Has the server run the job from now on, by a schedule that is made, changed, resumed or left as it is. A run that is due
 * while the one before is under way is left out, and of those that a server slept through one is made up for.
 * Refused where another installation has a schedule of that name.
 */
export async function ensureSchedule(client: Client, job: Job): Promise<'created' | 'changed' | 'kept'> {
  if (job.every < SHORTEST)
    throw badInput(`Every ${job.every} s is too often: once in ${SHORTEST} s at most.`);
  const wanted = optionsOf(job);
  const found = await describe(client, job.scheduleId, job.taskQueue);
  if (found === undefined) {
    await client.schedule.create({ scheduleId: job.scheduleId, ...wanted });
    return 'created';
  }
  if (isSame(found, wanted)) return 'kept';
  await client.schedule.getHandle(job.scheduleId).update(() => wanted);
  return 'changed';
}

/** The schedule as it is; undefined where there is none of that name. `taskQueue` is that of its environment. */
export async function readSchedule(
  client: Client,
  scheduleId: string,
  taskQueue: string,
): Promise<ScheduleState | undefined> {
  const found = await describe(client, scheduleId, taskQueue);
  if (found === undefined) return undefined;
  const { action, state, spec, info } = found;
  const [input] = action.args as [Choices];
  return {
    every: (spec.intervals?.[0]?.every ?? 0) / 1000,
    paused: state.paused,
    input,
    next: state.paused ? undefined : info.nextActionTimes[0],
    lastRun: info.recentActions.at(-1)?.action.workflow.workflowId,
  };
}

/** Starts nothing more until it is ensured again. False where there is no such schedule, or it is paused already. */
export async function pauseSchedule(client: Client, scheduleId: string, taskQueue: string): Promise<boolean> {
  const found = await describe(client, scheduleId, taskQueue);
  if (found === undefined || found.state.paused) return false;
  await client.schedule.getHandle(scheduleId).pause('paused by onex-bootstrap');
  return true;
}

/** False where there is no such schedule. */
export async function removeSchedule(
  client: Client,
  scheduleId: string,
  taskQueue: string,
): Promise<boolean> {
  if ((await describe(client, scheduleId, taskQueue)) === undefined) return false;
  await client.schedule.getHandle(scheduleId).delete();
  return true;
}

function optionsOf({ scheduleId, every, workflow, taskQueue, input }: Job) {
  return {
    spec: { intervals: [{ every: every * 1000 }] },
    action: {
      type: 'startWorkflow',
      workflowType: workflow,
      workflowId: scheduleId, // the server appends the time
      taskQueue,
      args: [input],
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: every * 1000 },
    state: { paused: false },
  } satisfies ScheduleUpdateOptions;
}

function isSame(found: ScheduleDescription, wanted: ReturnType<typeof optionsOf>): boolean {
  const { spec, action, policies, state } = found;
  const { workflowType, workflowId, taskQueue, args, workflowTaskTimeout } = action;
  const isOnlyInterval =
    spec.intervals?.length === 1 && [spec.calendars, spec.skip].every((other) => (other ?? []).length === 0);
  const now: typeof wanted = {
    spec: { intervals: [{ every: spec.intervals?.[0]?.every ?? 0 }] },
    action: { ...wanted.action, workflowType, workflowId, taskQueue, args, workflowTaskTimeout } as never,
    policies: { overlap: policies.overlap as never, catchupWindow: policies.catchupWindow },
    state: { paused: state.paused },
  };
  return isOnlyInterval && stringify(now) === stringify(wanted);
}

/** Refused where it is of another installation, whose runs would be lost. */
async function describe(
  client: Client,
  scheduleId: string,
  taskQueue: string,
): Promise<ScheduleDescription | undefined> {
  try {
    const found = await client.schedule.getHandle(scheduleId).describe();
    const owner = installationIn(found.action.taskQueue);
    if (owner === undefined || owner === installationIn(taskQueue)) return found;
    throw refused(
      `The schedule ${scheduleId} is of the installation ${owner}, and was left as it is. Where that is gone for good: onex-bootstrap temporal schedule delete --schedule-id ${scheduleId}`,
    );
  } catch (error) {
    if (error instanceof ScheduleNotFoundError) return undefined;
    throw error;
  }
}
