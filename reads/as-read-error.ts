import type { ZodType } from 'zod';
import {
  InfraAuthenticationError,
  InfraConnectionError,
  InfraForbiddenError,
  InfraTimeoutError,
  InfraUnavailableError,
  RuntimeHostError,
  SecretResolutionError,
  type ReadErrorContext,
} from '../contracts/reads/read-error';
import { InfisicalError } from '../infisical/problem';
import { BreakerOpen, withoutStack } from './read-breaker';

/** What the reader of an error needs to know of the call: `what` as in "secret in /shared/kafka". */
export interface FailedRead {
  what: string;
  host: string;
  environment: string;
  correlationId: string;
}

/** The typed error of a failed read. It says what was read, why not, and what to do; the server's own words stay out. */
export function asReadError(error: unknown, read: FailedRead): RuntimeHostError {
  if (error instanceof RuntimeHostError) return error;
  const { what, host, environment, correlationId } = read;
  const context: ReadErrorContext = { correlationId, cause: error };
  const failed = `Failed to read the ${what} (environment ${environment}) from ${host}`;
  if (error instanceof BreakerOpen) {
    const { retryAfterSeconds } = error;
    const message = `${failed}: Infisical was out of reach several times in a row, so nothing is sent for another ${retryAfterSeconds} s.`;
    const refusal = { ...context, retryAfterSeconds, circuitState: 'open' } as const;
    return withoutStack(() => new InfraUnavailableError(message, refusal));
  }
  if (!(error instanceof InfisicalError))
    return new RuntimeHostError(
      `${failed}: unexpected ${error instanceof Error ? error.name : typeof error}.`,
      context,
    );
  return ofProblem(error, failed, read, context);
}

function ofProblem(
  { problem, status }: InfisicalError,
  failed: string,
  read: FailedRead,
  context: ReadErrorContext,
): RuntimeHostError {
  const answered = status === undefined ? '' : ` (HTTP ${status})`;
  switch (problem.kind) {
    case 'notFound':
      return notFound(read, context.cause);
    case 'forbidden':
      return new InfraForbiddenError(
        `${failed}: the identity may not${answered}. Give it a role that reads values there (viewer), or use another identity.`,
        context,
      );
    case 'unauthorised':
    case 'tokenExpired':
      return new InfraAuthenticationError(
        `${failed}: the identity is refused${answered}. Check INFISICAL_CLIENT_ID and INFISICAL_CLIENT_SECRET; no login is tried for 5 minutes, because three in a row lock the identity.`,
        context,
      );
    case 'lockedOut':
      return new InfraAuthenticationError(
        `${failed}: too many refused logins have locked the identity${answered}. The lock ends by itself, after 5 minutes by default; correct the credentials.`,
        context,
      );
    case 'rateLimited':
      return new InfraUnavailableError(
        `${failed}: rate limit${answered}; free again in ${problem.retryAfterSeconds} s.`,
        { ...context, retryAfterSeconds: Math.ceil(problem.retryAfterSeconds) },
      );
    case 'unavailable':
      return outage(problem.reason, failed, answered, context);
    case 'redirected':
      return new RuntimeHostError(
        `${failed}: it redirects elsewhere${answered}. Set INFISICAL_ADDR to the address that serves.`,
        context,
      );
    case 'routeMissing':
    case 'unexpected':
      return new RuntimeHostError(
        `${failed}: the answer is not Infisical's${answered}. Check INFISICAL_ADDR.`,
        context,
      );
    case 'invalid':
    case 'conflict':
      return new RuntimeHostError(
        `${failed}: Infisical does not accept the request${answered}. Check project, environment and path.`,
        context,
      );
  }
}

/** Infisical has no such secret or folder. */
export function notFound(
  { what, environment, host, correlationId }: FailedRead,
  cause?: unknown,
): SecretResolutionError {
  return new SecretResolutionError(
    `No such ${what} (environment ${environment}, ${host}): check path, environment and project, or seed it with onex-bootstrap up.`,
    { correlationId, cause },
  );
}

/** The request as `schema` reads it; one that cannot be used is a RuntimeHostError that lists every problem. */
export function parseRequest<T>(
  schema: ZodType<T>,
  request: unknown,
  call: { readonly correlationId: string },
): T {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'request'}: ${message}`,
  );
  const { correlationId } = call;
  throw new RuntimeHostError(`The request cannot be used: ${problems.join('; ')}`, { correlationId });
}

function outage(
  reason: 'network' | 'deadline' | 'page' | 'server',
  failed: string,
  answered: string,
  context: ReadErrorContext,
): RuntimeHostError {
  switch (reason) {
    case 'network':
      return new InfraConnectionError(
        `${failed}: it cannot be reached, or the connection broke. Is Infisical up?`,
        context,
      );
    case 'deadline':
      return new InfraTimeoutError(
        `${failed}: no answer within the deadline. Is Infisical overloaded?`,
        context,
      );
    case 'page':
      return new InfraUnavailableError(
        `${failed}: a page came instead of an answer${answered}. Is a proxy in between, and Infisical up?`,
        context,
      );
    case 'server':
      return new InfraUnavailableError(
        `${failed}: Infisical has an internal error${answered}; see its log.`,
        context,
      );
  }
}
