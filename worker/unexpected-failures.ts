import { CompleteAsyncError, type Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { unforeseen } from '../contracts/core/failures';

// What nobody foresaw may be a passing fault or a bug; time does not cure a bug.
const TRIES = 6;

/** Names what nobody foresaw `Unexpected`, and gives up on it after a few tries. */
export class UnexpectedFailures implements ActivityInboundCallsInterceptor {
  constructor(private readonly context: { info: Pick<Context['info'], 'attempt' | 'activityType'> }) {}

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    try {
      return await next(input);
    } catch (error) {
      if (isForeseen(error)) throw error;
      const { attempt, activityType } = this.context.info;
      throw unforeseen(`The step ${activityType}`, error, attempt >= TRIES);
    }
  }
}

const isForeseen = (error: unknown) =>
  [ApplicationFailure, CancelledFailure, CompleteAsyncError].some((known) => error instanceof known) ||
  (error instanceof Error && error.name === 'AbortError');
