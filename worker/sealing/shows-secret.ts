import { ensureApplicationFailure } from '@temporalio/common';
import { inspect } from 'node:util';
import { scrub } from '../../contracts/core/secret-scope';

const WHOLE = { depth: Infinity, maxArrayLength: Infinity, maxStringLength: Infinity };

/** Whether what Temporal would store of an error (message, stack, details, causes) shows a secret of the scope. */
export function showsSecret(error: unknown): boolean {
  const { message, stack, details, cause } = ensureApplicationFailure(error);
  const text = [message, stack, inspect(details, WHOLE)].join('\n');
  return scrub(text) !== text || (cause !== undefined && showsSecret(cause));
}
