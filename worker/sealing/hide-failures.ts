import { CompleteAsyncError, type Context } from '@temporalio/activity';
import { ApplicationFailure, CancelledFailure, ensureApplicationFailure } from '@temporalio/common';
import type { ActivityExecuteInput, ActivityInboundCallsInterceptor, Next } from '@temporalio/worker';
import { inspect } from 'node:util';
import { Secret, isSecret } from '../../contracts/core/secret';
import { scrub, withSecretScope } from '../../contracts/core/secret-scope';
import { hasArrived, sealError, sealedText } from './sealed-text';

const WHOLE = { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity };
const MAX_TEXT = 4_000; // histories are read by people
const WITHHELD =
  'Withheld: the text of this failure may hold a secret, and no codec key is set. Set ONEX_CODEC_KEY_FILE (docs/codec.md) to have it sealed instead.';

/** What is asked of an activity's context. */
interface Running {
  cancellationSignal: AbortSignal;
  info: Pick<Context['info'], 'heartbeatDetails'>;
}

export interface Hiding {
  /** Whether something can seal. Where nothing can, the text of a failure that would be sealed is withheld. */
  codec: 'ready' | 'no key';
  /**
   * What becomes of a failure that shows a Secret which its activity made: it is sealed, or stays readable with
   * `[secret]` in the Secret's place; then every failure is copied, without what client libraries attach to theirs.
   */
  shown: 'seal' | 'scrub';
}

/**
 * Hides the Secrets in what an activity throws: message, stack, details and causes. All of it is sealed where the
 * arguments held a Secret, since it may stand there in a form that nobody knows. Type and retries stay as they are.
 */
export class HideFailures implements ActivityInboundCallsInterceptor {
  constructor(
    private readonly context: Running,
    private readonly hiding: Hiding,
  ) {}

  execute(input: ActivityExecuteInput, next: Next<ActivityInboundCallsInterceptor, 'execute'>) {
    const given = secretsIn([input.args, this.context.info.heartbeatDetails]);
    return withSecretScope(async () => {
      try {
        return await next(input);
      } catch (error) {
        if (error instanceof CompleteAsyncError) throw error;
        if (this.isCancellation(error)) throw shows(error) ? new CancelledFailure('Cancelled') : error;
        throw this.hidden(error, given.length > 0);
      }
    }, given);
  }

  private hidden(error: unknown, wasGiven: boolean): unknown {
    const { codec, shown } = this.hiding;
    if (wasGiven || (shown === 'seal' && shows(error)))
      return codec === 'ready' ? sealed(error) : withheld(error);
    const failure = shown === 'scrub' ? copy(error, readable, scrub) : error;
    // The codec would refuse its Secrets, and that stops the worker.
    return codec === 'ready' || secretsIn(detailsOf(failure)).length === 0 ? failure : withheld(error);
  }

  private isCancellation(error: unknown): boolean {
    const aborted = error instanceof Error && error.name === 'AbortError';
    return this.context.cancellationSignal.aborted && (aborted || error instanceof CancelledFailure);
  }
}

const readable = (text: string) => scrub(text).slice(0, MAX_TEXT);

function sealed(error: unknown): Error {
  if (error instanceof Error && sealedText(error) !== undefined) return error;
  // Programs read details, so only what holds a secret of the scope becomes one.
  const failure = copy(
    error,
    (text) => text,
    (text) => (scrub(text) === text ? text : new Secret(text)),
  );
  sealError(failure);
  return failure;
}

/** Nothing but what decides about retries. */
const withheld = (error: unknown) => like(ensureApplicationFailure(error), { message: WITHHELD });

// A new one: the errors of client libraries carry requests, and those hold headers and bodies.
function copy(
  error: unknown,
  hide: (text: string) => string,
  hideDetail: (text: string) => unknown,
): ApplicationFailure {
  const from = ensureApplicationFailure(error);
  const { message, stack, cause, details } = from;
  const arrived = cause !== undefined && hasArrived(cause) && !shows(cause);
  const failure = like(from, {
    message: hide(message),
    ...(details ? { details: details.map((detail) => mapStrings(detail, hideDetail)) } : {}),
    ...(cause && {
      cause: arrived || sealedText(cause) !== undefined ? cause : copy(cause, hide, hideDetail),
    }),
  });
  failure.stack = hide(stack ?? '');
  return failure;
}

function like(
  { type, nonRetryable, nextRetryDelay, category }: ApplicationFailure,
  content: { message: string; details?: unknown[]; cause?: Error },
): ApplicationFailure {
  return ApplicationFailure.create({
    ...content,
    nonRetryable: nonRetryable ?? false,
    ...(type ? { type } : {}),
    ...(nextRetryDelay ? { nextRetryDelay } : {}),
    ...(category ? { category } : {}),
  });
}

/** Whether what Temporal would store of an error (message, stack, details, causes) shows a secret of the scope. */
function shows(error: unknown): boolean {
  const { message, stack, details, cause } = ensureApplicationFailure(error);
  const text = [message, stack, inspect(details, WHOLE)].join('\n');
  return scrub(text) !== text || (cause !== undefined && shows(cause));
}

/** The details of an error and of its causes. */
function detailsOf(error: unknown): unknown[] {
  if (!(error instanceof Error)) return [];
  return [error instanceof ApplicationFailure ? error.details : undefined, ...detailsOf(error.cause)];
}

function mapStrings(value: unknown, map: (text: string) => unknown): unknown {
  if (typeof value === 'string') return map(value);
  if (typeof value !== 'object' || value === null || isSecret(value)) return value;
  if (Array.isArray(value)) return value.map((part) => mapStrings(part, map));
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, mapStrings(part, map)]));
}

/** Every Secret in `value`, however deep in objects and arrays. */
function secretsIn(value: unknown, seen = new Set<unknown>()): Secret[] {
  if (isSecret(value)) return [value];
  if (typeof value !== 'object' || value === null || seen.has(value)) return [];
  seen.add(value);
  return Object.values(value).flatMap((part) => secretsIn(part, seen));
}
