import { ApplicationFailure, TemporalFailure } from '@temporalio/common';
import type { RuntimeHostError } from '../reads/read-error';
import { passingOn, saying } from './foreign-words';
import { present } from './record';

/** Why a step ended. The command line turns the type into its exit code; terminal types are never retried. */
export const FailureType = {
  badInput: 'BadInput',
  missingPrerequisite: 'MissingPrerequisite',
  refused: 'Refused',
  forbidden: 'Forbidden',
  planStale: 'PlanStale',
  declarationChanged: 'DeclarationChanged',
  partial: 'Partial',
  drifted: 'Drifted',
  unavailable: 'Unavailable',
  notReady: 'NotReady',
} as const;

/**
 * What no retry cures: it ends a run at once. The two others may pass; a step waits for them as long as its policy says
 * (workflows/policies.ts), and so does one that fails in a way that nobody foresaw, up to six times.
 */
export const FINAL: Record<(typeof FailureType)[keyof typeof FailureType], boolean> = {
  BadInput: true,
  MissingPrerequisite: true,
  Refused: true,
  Forbidden: true,
  PlanStale: true, // the workflow plans again, three times
  DeclarationChanged: true, // the workflow starts over, five times
  Partial: true,
  Drifted: true,
  Unavailable: false,
  NotReady: false,
};

interface Cause {
  /** One of ours stays. Any other one is somebody else's words, and goes where those go. */
  cause?: unknown;
}

function terminal(type: keyof typeof FINAL, message: string, options: Cause = {}): ApplicationFailure {
  return create({ type, message, nonRetryable: FINAL[type] }, options);
}

/** What the operator gave cannot be used: name the file, field or flag and what is allowed. */
export const badInput = (message: string, options?: Cause) =>
  terminal(FailureType.badInput, message, options);

/** Something outside must be there first (an engine, a CLI, a writable directory): name the commands that help. */
export const missingPrerequisite = (message: string, options?: Cause) =>
  terminal(FailureType.missingPrerequisite, message, options);

/** Going on would harm something that is not ours or half made: name the state found and the remedy. */
export const refused = (message: string, options?: Cause) => terminal(FailureType.refused, message, options);

/** The server knows us and says no, or does not know the credentials: never retried, retries lock the client out. */
export const forbidden = (message: string, options?: Cause) =>
  terminal(FailureType.forbidden, message, options);

/** Everything that stands in the way at once, in one message. */
export function severalProblems(problems: readonly ApplicationFailure[]): ApplicationFailure {
  const [first] = problems;
  if (first !== undefined && problems.length === 1) return first;
  const types = new Set(problems.map(({ type }) => type));
  const lines = problems.map(({ message }) => `  - ${message}`);
  const all = terminal(
    types.size === 1 ? (first?.type as keyof typeof FINAL) : FailureType.refused,
    `${problems.length} things stand in the way, and nothing was touched:\n${lines.join('\n')}`,
  );
  return passingOn(all, ...problems);
}

/** The server changed between plan and apply. */
export const planStale = (message: string, options?: Cause) =>
  terminal(FailureType.planStale, message, options);

/** The environment was declared anew since the run began: the workflow starts over by the newest declaration. */
export const declarationChanged = (message: string) => terminal(FailureType.declarationChanged, message);

/** A watch that was asked to fail saw something that is not as declared. */
export const drifted = (message: string) => terminal(FailureType.drifted, message);

/** The run ended, and a node lacks what it requires; `report` is the run's result. */
export const partial = (message: string, report: unknown) =>
  ApplicationFailure.create({ type: FailureType.partial, message, nonRetryable: true, details: [report] });

/** What an outage took away, as the details of its failure say: the host's engine, or a service of its stack. */
type Lost = { kind: 'engine' } | { kind: 'service'; service: string };

/** An outage: Temporal tries again, after `retryAfterSeconds` where the server named a time. */
export function unavailable(
  message: string,
  options: Cause & { retryAfterSeconds?: number; lost?: Lost } = {},
) {
  const { retryAfterSeconds, lost } = options;
  const nextRetryDelay = retryAfterSeconds && retryAfterSeconds * 1000;
  const details = lost && [{ lost }];
  return create({ type: FailureType.unavailable, message, ...present({ details, nextRetryDelay }) }, options);
}

/** Expected while something starts: retried without a warning in the worker's log. */
export const notReady = (message: string) =>
  ApplicationFailure.create({ type: FailureType.notReady, message, category: 'BENIGN' });

/**
 * A failed read under its own name, e.g. `SecretResolutionError`. An outage is tried again, after its cool-down where
 * that is known, so that Temporal does the waiting; an answer is final.
 */
export function readFailed(error: RuntimeHostError): ApplicationFailure {
  const { name, message, code, transport, correlationId, retry, retryAfterSeconds, circuitState } = error;
  const failure = ApplicationFailure.create({
    type: name,
    message,
    nonRetryable: retry === 'never',
    details: [{ code, transport, correlation_id: correlationId, retry_after_seconds: retryAfterSeconds }],
    ...present({
      nextRetryDelay: retryAfterSeconds && retryAfterSeconds * 1_000,
      category: circuitState === 'open' ? ('BENIGN' as const) : undefined,
    }),
  });
  return passingOn(failure, error);
}

/** What nobody foresaw: its own words may be anybody's, so they are not told. `what` failed. */
export function unforeseen(what: string, error: unknown, nonRetryable: boolean): ApplicationFailure {
  const {
    name = 'thrown',
    code,
    statusCode,
    message = '',
    stack = String(error),
  } = Object(error) as NodeJS.ErrnoException & { statusCode?: unknown };
  const known = [name, code, typeof statusCode === 'number' ? `HTTP ${statusCode}` : undefined].filter(
    (word) => /^[A-Z][\w ]{1,40}$/.test(word ?? ''),
  );
  const kind = known.length === 0 ? '' : ` (${known.join(', ')})`;
  const failure = ApplicationFailure.create({
    message: `${what} failed in a way that is not foreseen${kind}. If it lasts, report it.`,
    type: 'Unexpected',
    nonRetryable,
  });
  failure.stack = stack
    .slice(stack.indexOf(message) + message.length)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .join('\n');
  return saying(passingOn(failure, error), 'the error', stack);
}

function create(
  content: Parameters<typeof ApplicationFailure.create>[0],
  { cause }: Cause,
): ApplicationFailure {
  if (cause instanceof TemporalFailure) return ApplicationFailure.create({ ...content, cause });
  const failure = passingOn(ApplicationFailure.create(content), cause);
  const { errno, message } = Object(cause) as NodeJS.ErrnoException;
  // what the system says, and what our own errors say, is in the message already
  const isTold = errno !== undefined || (message !== undefined && failure.message.includes(message));
  return isTold ? failure : saying(failure, 'the error', message);
}
