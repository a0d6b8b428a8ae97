import { CompleteAsyncError, type Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { withSecretScope } from '../../contracts/core/secret-scope';
import { findSecrets } from './find-secrets';
import { sealedFailure, withheldFailure } from './sealed-failure';
import { showsSecret } from './shows-secret';

/** What is asked of an activity's context. */
interface Running {
  cancellationSignal: AbortSignal;
  info: Pick<Context['info'], 'heartbeatDetails'>;
}

/**
 * Seals what an activity throws if its arguments held a Secret, or if the text shows one that it made. All other
 * failures stay readable. Where no key can seal, the text is withheld.
 */
export class SealFailures implements ActivityInboundCallsInterceptor {
  constructor(
    private readonly context: Running,
    private readonly codec: 'ready' | 'no key',
  ) {}

  execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    const given = findSecrets([input.args, this.context.info.heartbeatDetails]);
    return withSecretScope(async () => {
      try {
        return await next(input);
      } catch (error) {
        if (error instanceof CompleteAsyncError) throw error;
        if (this.isCancellation(error)) throw showsSecret(error) ? new CancelledFailure('Cancelled') : error;
        if (given.length > 0 || showsSecret(error)) throw this.hidden(error);
        throw this.sendable(error) ? error : withheldFailure(error);
      }
    }, given);
  }

  private hidden(error: unknown): Error {
    return this.codec === 'ready' ? sealedFailure(error) : withheldFailure(error);
  }

  // A failure whose Secrets the codec refuses would stop the worker.
  private sendable(error: unknown): boolean {
    if (this.codec === 'ready' || !(error instanceof Error)) return true;
    const details = error instanceof ApplicationFailure ? error.details : undefined;
    return findSecrets(details).length === 0 && this.sendable(error.cause);
  }

  private isCancellation(error: unknown): boolean {
    const aborted = error instanceof Error && error.name === 'AbortError';
    return this.context.cancellationSignal.aborted && (aborted || error instanceof CancelledFailure);
  }
}
