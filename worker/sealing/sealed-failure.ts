import { ApplicationFailure, ensureApplicationFailure } from '@temporalio/common';
import { scrub } from '../../contracts/core/secret-scope';
import { Secret, isSecret } from '../../contracts/core/secret';
import { hasArrived, sealError, sealedText } from './sealed-text';
import { showsSecret } from './shows-secret';

/** The failure to throw in place of `error`: its text and its causes' are sealed, and type and retries are kept. */
export function sealedFailure(error: unknown): Error {
  if (error instanceof Error && sealedText(error) !== undefined) return error;
  const failure = copy(error);
  sealError(failure);
  return failure;
}

/** The same where nothing can be sealed: nothing but what decides about retries is left. */
export function withheldFailure(error: unknown): ApplicationFailure {
  return like(ensureApplicationFailure(error), {
    message:
      'Withheld: the text of this failure may hold a secret, and no codec key is set. Set ONEX_CODEC_KEY_FILE (docs/codec.md) to have it sealed instead.',
  });
}

// A new one: the errors of client libraries carry requests, and those hold headers and bodies.
function copy(error: unknown): ApplicationFailure {
  const from = ensureApplicationFailure(error);
  const { message, stack, cause, details } = from;
  const failure = like(from, {
    message,
    ...(details ? { details: details.map(sealStrings) } : {}),
    ...(cause === undefined ? {} : { cause: isSafe(cause) ? cause : copy(cause) }),
  });
  failure.stack = stack ?? '';
  return failure;
}

const isSafe = (cause: Error) =>
  sealedText(cause) !== undefined || (hasArrived(cause) && !showsSecret(cause));

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

// Programs read details, so only what holds a secret of the scope becomes one.
function sealStrings(value: unknown): unknown {
  if (typeof value === 'string') return scrub(value) === value ? value : new Secret(value);
  if (typeof value !== 'object' || value === null || isSecret(value)) return value;
  if (Array.isArray(value)) return value.map(sealStrings);
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, sealStrings(part)]));
}
