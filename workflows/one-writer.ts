import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { continueAsNew, executeChild, ParentClosePolicy, sleep, workflowInfo } from '@temporalio/workflow';
import { FailureType, refused } from '../contracts/core/failures';
import { bootstrapWorkflowId, hostWorkflowId } from '../contracts/core/names';
import { present } from '../contracts/core/record';
import type { WatchOutcome } from '../contracts/run/drift';
import { listed, shortened, type Listed, type Outcome } from '../contracts/run/summaries';
import { endOf, isOfType } from './phase-failure';
import { LOCK_ASKED, LOCK_MINUTES } from './policies';
import { Run } from './run';

// as `up` starts it: a step that a killed worker had taken is given out again after this
export const WORKFLOW_TASK_TIMEOUT = '5s';
const MOST_RESTARTS = 5; // somebody declares again and again: a few starts, then say so
const MOST_ID = 80; // the server takes 400 bytes as a summary

/** What a run takes along where it starts over, or has another workflow do its work. */
export interface Carried {
  restarts: number;
  changes: Listed;
  /** Who started the first one: the server knows nobody for those that come of it. */
  startedBy: string | undefined;
  /** When its work may begin, in milliseconds since the epoch, and what it waits for until then. */
  notBefore?: { at: number; for: string };
}

/**
 * Runs `body` as the only writer of its environment in this namespace: the id `bootstrap/ENVIRONMENT` is the lock. A
 * workflow under another id does its work as a child of that id, or is refused while one is under way.
 *
 * Where the environment is declared anew meanwhile, the run starts over by the newest declaration: what the operator
 * said last is what shall be, and no run ends half by one and half by the other.
 */
export async function asWriter<T extends { outcome: Outcome | WatchOutcome }>(
  input: unknown,
  carried: Carried | undefined,
  phases: string[],
  body: (run: Run) => Promise<T>,
): Promise<T> {
  const { changes = listed([]), restarts = 0, startedBy } = isFirst() ? {} : (carried ?? {});
  const notBefore = isFirst() ? undefined : carried?.notBefore;
  let run: Run | undefined;
  try {
    run = await Run.start(input, phases, { changes, startedBy });
    const { joined } = run.start;
    const { environment } = run.ref;
    const lock =
      joined === undefined ? bootstrapWorkflowId(environment) : hostWorkflowId(environment, joined.name);
    if (run.ref.dryRun || workflowInfo().workflowId === lock) return await body(run);
    const { at, for: readers } = notBefore ?? { at: 0, for: '' };
    if (at > Date.now()) await run.awaiting(readers, () => sleep(at - Date.now()));
    return await underLock<T>(run, lock, input);
  } catch (error) {
    const end = endOf(error);
    const isStale = isOfType(end, FailureType.declarationChanged) && run?.followed === undefined;
    if (isStale && !namesDeclaration(input) && restarts < MOST_RESTARTS)
      return continueAsNew(input, {
        restarts: restarts + 1,
        changes: run?.changes ?? changes,
        startedBy: run?.startedBy ?? startedBy,
        ...present({ notBefore }),
      });
    run?.stop(end);
    throw end;
  }
}

async function underLock<T extends { outcome: Outcome | WatchOutcome }>(
  run: Run,
  lock: string,
  input: unknown,
): Promise<T> {
  const { workflowId, workflowType } = workflowInfo();
  const { environment } = run.ref;
  run.follow(lock);
  const work = () =>
    executeChild<(input: unknown, carried: Carried) => Promise<T>>(workflowType, {
      workflowId: lock,
      args: [
        { ...(input as object | undefined), environment },
        { restarts: 0, changes: listed([]), startedBy: run.startedBy },
      ],
      staticSummary: `${workflowType} of ${environment} for ${shortened(workflowId, MOST_ID)}`,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    });
  const turn = () =>
    inTurn(run, lock, work).catch((error: unknown) => {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      const minutes = LOCK_MINUTES[workflowType];
      const still = minutes === undefined ? '' : ` and did not end within ${minutes} minutes`;
      throw refused(
        `${lock} is under way${still}, and only one run at a time may change ${environment}. Wait for it (onex-bootstrap temporal workflow result --workflow-id ${lock}), or end it first: onex-bootstrap temporal workflow cancel --workflow-id ${lock}`,
        { cause: error },
      );
    });
  const result = await run.phase(lock, turn, ({ outcome }) => outcome);
  run.finish(result.outcome, `see ${lock}`);
  return result;
}

/** Starts `work` under the lock, as soon as no other run has it; for as long as this one's workflow waits for that. */
export async function inTurn<T>(run: Run, lock: string, work: () => Promise<T>): Promise<T> {
  const { workflowId, workflowType } = workflowInfo();
  const minutes = workflowId === lock ? 0 : (LOCK_MINUTES[workflowType] ?? 0); // it would wait for itself
  const until = Date.now() + minutes * 60_000;
  for (let pause = LOCK_ASKED.first; ; pause = Math.min(2 * pause, LOCK_ASKED.most)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError) || Date.now() >= until) throw error;
      await run.awaiting(`${lock} to end, which is another run's`, () => sleep(pause));
    }
  }
}

/** Started by a client: what such a start says of earlier runs is made up. */
function isFirst(): boolean {
  const { continuedFromExecutionRunId, parent } = workflowInfo();
  return continuedFromExecutionRunId === undefined && parent === undefined;
}

const namesDeclaration = (input: unknown) =>
  typeof input === 'object' && input !== null && 'declaration' in input;
