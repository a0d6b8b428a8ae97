import {
  ActivityFailure,
  ApplicationFailure,
  ChildWorkflowFailure,
  TimeoutFailure,
} from '@temporalio/workflow';
import { missingPrerequisite } from '../contracts/core/failures';

const NO_WORKER =
  'No worker took the step: run `onex-bootstrap worker` on the host where the environment is declared.';

/** The step's own failure as the workflow's: whoever looks at the run reads the reason first, not "Activity task failed". */
export function phaseFailure(error: unknown): ApplicationFailure {
  const cause =
    error instanceof ActivityFailure || error instanceof ChildWorkflowFailure
      ? (error.cause ?? error)
      : error;
  if (cause instanceof ApplicationFailure) {
    return ApplicationFailure.create({
      message: cause.message,
      type: cause.type ?? 'Unexpected',
      nonRetryable: true,
      ...(cause.details ? { details: cause.details } : {}),
    });
  }
  if (cause instanceof TimeoutFailure && cause.timeoutType === 'SCHEDULE_TO_START')
    return missingPrerequisite(NO_WORKER);
  if (cause instanceof TimeoutFailure) return tookTooLong(error, cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  return ApplicationFailure.create({ message, type: 'Unexpected', nonRetryable: true });
}

function tookTooLong(error: unknown, { timeoutType, cause }: TimeoutFailure): ApplicationFailure {
  const step = error instanceof ActivityFailure ? error.activityType : 'a step';
  const latest = cause === undefined ? '' : `; its latest failure: ${cause.message}`;
  const message = `${step} did not end in time (${timeoutType})${latest}. What is done stays: run it again, and it goes on from there.`;
  return ApplicationFailure.create({ message, type: 'Unexpected', nonRetryable: true });
}
