import type { ApplicationFailure } from '@temporalio/common';
import { badInput, forbidden, refused, unavailable } from '../../contracts/core/failures';
import { InfisicalError } from './infisical-error';

/** Read by people only once all tries have failed. */
const AFTER_AN_OUTAGE =
  'Should this last, see whether that Infisical runs and what its log says, then run up again: it goes on from here.';

/** Of an answer that is final. */
const AFTER_A_NO =
  'It would say the same again: put right there what it names, then run up again; it goes on from here.';
const AFTER_A_REFUSAL =
  'Give that identity the role for it, or give another one (docs/identity.md), then run up again.';

/** Turns a failed step into what Temporal shall do about it. `what` names the step; anything else passes through. */
export function asFailure(error: unknown, what: string): unknown {
  return error instanceof InfisicalError ? failureOf(error, what) : error;
}

function failureOf(error: InfisicalError, what: string): ApplicationFailure {
  const message = `${what}: ${error.message}`;
  const options = { cause: error };
  const { problem } = error;
  switch (problem.kind) {
    case 'forbidden':
    case 'unauthorised':
    case 'tokenExpired':
      return forbidden(`${message}. ${AFTER_A_REFUSAL}`, options);
    case 'lockedOut':
      return forbidden(
        `${message}. The lock ends after five minutes without a try (server's default).`,
        options,
      );
    case 'unavailable':
      return unavailable(`${message}. ${AFTER_AN_OUTAGE}`, options);
    case 'rateLimited':
      return unavailable(`${message}. ${AFTER_AN_OUTAGE}`, {
        ...options,
        retryAfterSeconds: problem.retryAfterSeconds,
      });
    case 'redirected':
      return badInput(message, options);
    case 'routeMissing':
      return refused(`${message}. This Infisical is older than 2024-10, or it is another product.`, options);
    case 'notFound':
    case 'conflict':
    case 'invalid':
    case 'unexpected':
      return refused(`${message}. ${AFTER_A_NO}`, options);
  }
}
