import type { ZodType } from 'zod';
import { saying } from '../contracts/core/foreign-words';
import { zodLines } from '../contracts/core/zod-problems';
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
import { InfisicalError, type OutageReason } from '../infisical/problem';
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
  if (!(error instanceof InfisicalError)) {
    const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: undefined };
    return saying(
      new RuntimeHostError(`${failed}: unexpected ${name}.`, { correlationId }),
      'the error',
      stack,
    );
  }
  if (error.kind === 'notFound') return notFound(read, error);
  const [ReadError, why] = explain(error);
  const { problem } = error;
  return new ReadError(`${failed}: ${why}`, {
    ...context,
    ...(problem.kind === 'rateLimited' && { retryAfterSeconds: Math.ceil(problem.retryAfterSeconds) }),
  });
}

/** Class and words for everything but absence. */
function explain({ problem, status }: InfisicalError): [typeof RuntimeHostError, string] {
  const answered = status === undefined ? '' : ` (HTTP ${status})`;
  switch (problem.kind) {
    case 'forbidden':
      return [
        InfraForbiddenError,
        `the identity may not${answered}. Give it a role that reads values there (viewer), or use another identity.`,
      ];
    case 'unauthorised':
    case 'tokenExpired':
      return [
        InfraAuthenticationError,
        `the identity is refused${answered}. Check INFISICAL_CLIENT_ID and INFISICAL_CLIENT_SECRET; no login is tried for 5 minutes, because three in a row lock the identity.`,
      ];
    case 'lockedOut':
      return [
        InfraAuthenticationError,
        `too many refused logins have locked the identity${answered}. The lock ends by itself, after 5 minutes by default; correct the credentials.`,
      ];
    case 'rateLimited':
      return [InfraUnavailableError, `rate limit${answered}; free again in ${problem.retryAfterSeconds} s.`];
    case 'unavailable':
      return explainOutage(problem.reason, answered);
    case 'redirected':
      return [
        RuntimeHostError,
        `it redirects elsewhere${answered}. Set INFISICAL_ADDR to the address that serves.`,
      ];
    case 'invalid':
    case 'conflict':
      return [
        RuntimeHostError,
        `Infisical does not accept the request${answered}. Check project, environment and path.`,
      ];
    case 'notFound':
    case 'routeMissing':
    case 'unexpected':
      return [RuntimeHostError, `the answer is not Infisical's${answered}. Check INFISICAL_ADDR.`];
  }
}

function explainOutage(reason: OutageReason, answered: string): [typeof RuntimeHostError, string] {
  switch (reason) {
    case 'network':
      return [
        InfraConnectionError,
        'it cannot be reached, or the connection broke. Check that Infisical runs.',
      ];
    case 'address':
      return [
        InfraConnectionError,
        'its name or its protocol is not as the address says. Check INFISICAL_ADDR.',
      ];
    case 'certificate':
      return [
        InfraConnectionError,
        'its certificate is not trusted. Check INFISICAL_ADDR; for an authority of your own, name its PEM file in INFISICAL_CA_FILE, or add it to all others with NODE_EXTRA_CA_CERTS.',
      ];
    case 'listener':
      return [
        InfraConnectionError,
        'nothing was sent, because a process of another user listens there. Check that Infisical runs; if that is it, insist with INFISICAL_INSECURE_HTTP=true.',
      ];
    case 'deadline':
      return [InfraTimeoutError, 'no answer within the deadline. Check whether Infisical is overloaded.'];
    case 'page':
      return [
        InfraUnavailableError,
        `a page came instead of an answer${answered}. Check whether a proxy stands in between, and that Infisical runs.`,
      ];
    case 'server':
      return [InfraUnavailableError, `Infisical has an internal error${answered}; see its log.`];
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
  const problems = zodLines(parsed.error, schema, 'request').join('; ');
  const { correlationId } = call;
  throw new RuntimeHostError(`The request cannot be used: ${problems}`, { correlationId });
}
