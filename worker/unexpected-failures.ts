import { CompleteAsyncError } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';

// What nobody foresaw may be a passing fault or a bug; time does not cure a bug.
const TRIES = 6;

/** Names what nobody foresaw `Unexpected`, and gives up on it after a few tries. */
export class UnexpectedFailures implements ActivityInboundCallsInterceptor {
  constructor(private readonly context: { info: { attempt: number } }) {}

  async execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    try {
      return await next(input);
    } catch (error) {
      if (isForeseen(error)) throw error;
      const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
      const nonRetryable = this.context.info.attempt >= TRIES;
      const failure = ApplicationFailure.create({ message, type: 'Unexpected', nonRetryable });
      failure.stack = stack;
      throw failure;
    }
  }
}

const isForeseen = (error: unknown) =>
  [ApplicationFailure, CancelledFailure, CompleteAsyncError].some((known) => error instanceof known) ||
  (error instanceof Error && error.name === 'AbortError');
