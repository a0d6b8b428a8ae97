import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { CompleteAsyncError } from '@temporalio/activity';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { scrub, withSecretScope } from '../contracts/core/secret-scope';

// What nobody foresaw may be a passing fault or a bug; time does not cure a bug.
const UNEXPECTED_TRIES = 6;
const MAX_MESSAGE = 4_000; // histories are read by people

/** Takes every secret that an activity held out of the failure that it throws: message, stack and causes. */
export class ScrubFailures implements ActivityInboundCallsInterceptor {
  constructor(private readonly context: { info: { attempt: number } }) {}

  execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    return withSecretScope(async () => {
      try {
        return await next(input);
      } catch (error) {
        throw sealed(error, this.context.info.attempt);
      }
    });
  }
}

function sealed(error: unknown, attempt: number): unknown {
  if (error instanceof CompleteAsyncError || error instanceof CancelledFailure) return error;
  if (isAbort(error)) return error;
  const message = scrub(error instanceof Error ? error.message : String(error)).slice(0, MAX_MESSAGE);
  const failure =
    error instanceof ApplicationFailure
      ? ApplicationFailure.create({
          message,
          type: error.type ?? 'Unexpected',
          nonRetryable: error.nonRetryable ?? false,
          ...(error.nextRetryDelay ? { nextRetryDelay: error.nextRetryDelay } : {}),
          ...(error.category ? { category: error.category } : {}),
          ...(error.cause ? { cause: plainCause(error.cause) } : {}),
        })
      : ApplicationFailure.create({ message, type: 'Unexpected', nonRetryable: attempt >= UNEXPECTED_TRIES });
  if (error instanceof Error) failure.stack = scrub(error.stack ?? '');
  return failure;
}

// A cause keeps its message only: client libraries attach requests, and those hold headers and bodies.
function plainCause(cause: Error): Error {
  const plain = new Error(scrub(cause.message).slice(0, MAX_MESSAGE));
  plain.stack = '';
  return plain;
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}
