import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  ChildWorkflowFailure,
  isCancellation,
  TimeoutFailure,
} from '@temporalio/workflow';
import { FailureType, missingPrerequisite } from '../contracts/core/failures';

const NO_WORKER =
  'No worker took the step: run `onex-bootstrap worker` on the host where the environment is declared.';

/** Why a run ends early: a step that failed, or whose worker died, on the way out of a cancelled run is part of the cancel. */
export function endOf(error: unknown): CancelledFailure | ApplicationFailure {
  if (isCancellation(error))
    return error instanceof CancelledFailure ? error : new CancelledFailure('cancelled');
  if (CancellationScope.current().consideredCancelled)
    return new CancelledFailure(phaseFailure(error).message);
  return phaseFailure(error);
}

/** Whether a run ends for a reason of that type (contracts/core/failures.ts). */
export const isOfType = (end: CancelledFailure | ApplicationFailure, type: string): boolean =>
  end instanceof ApplicationFailure && end.type === type;

/** The step's own failure as the workflow's: whoever looks at the run reads the reason first, not "Activity task failed". */
export function phaseFailure(error: unknown): ApplicationFailure {
  const failed = error instanceof ChildWorkflowFailure ? (error.cause ?? error) : error; // a child's step may be in it
  const cause = failed instanceof ActivityFailure ? (failed.cause ?? failed) : failed;
  if (cause instanceof ApplicationFailure) {
    return ApplicationFailure.create({
      message: cause.message,
      type: cause.type ?? 'Unexpected',
      nonRetryable: true,
      // a partial run's is its report, of bounded size; any other's is of use to nobody but its step
      ...(cause.type === FailureType.partial && cause.details ? { details: cause.details } : {}),
    });
  }
  if (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START')
    return missingPrerequisite(NO_WORKER);
  if (cause instanceof TimeoutFailure) return tookTooLong(failed, cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  return ApplicationFailure.create({ message, type: 'Unexpected', nonRetryable: true });
}

function tookTooLong(error: unknown, { timeoutType, cause }: TimeoutFailure): ApplicationFailure {
  const step = error instanceof ActivityFailure ? error.activityType : 'a step';
  const latest = cause === undefined ? '' : `; its latest failure: ${cause.message}`;
  const message = `${step} did not end in time (${timeoutType})${latest}. What is done stays: run it again, and it continues from there.`;
  // what it waited for in vain says whose turn it is
  const type = (cause instanceof ApplicationFailure && cause.type) || 'Unexpected';
  return ApplicationFailure.create({ message, type, nonRetryable: true });
}
