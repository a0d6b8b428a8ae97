import { TemporalFailure, cutoffStackTrace } from '@temporalio/common';
import { Secret, isSecret } from '../../contracts/core/secret';

const SEALED = Symbol.for('onex-bootstrap.sealed-text');

/** What everybody may read of a failure that may hold a secret. */
export const SEALED_MESSAGE =
  'Sealed failure: its text may hold a secret. Decode it with the codec server, or read sealedText(error).';

/** The text of a failure as it is stored: `encodedAttributes` of Temporal's failures. */
export interface SealedText {
  message: Secret;
  stack_trace: Secret;
}

/** The true text of an error whose message is `SEALED_MESSAGE`; undefined for all others. */
export function sealedText(error: unknown): SealedText | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  return (error as { [SEALED]?: SealedText })[SEALED];
}

/** Gives an error the text that `sealedText` finds; it shows in no log. */
export function attachSealedText(error: Error, text: SealedText): void {
  Object.defineProperty(error, SEALED, { value: text, configurable: true });
}

/** Moves the texts of an error and of its causes into Secrets; class and other fields stay. */
export function sealError(error: Error): void {
  if (hasArrived(error) || sealedText(error) !== undefined) return;
  const { message, stack } = error;
  attachSealedText(error, { message: new Secret(message), stack_trace: new Secret(cutoffStackTrace(stack)) });
  const hidden = { configurable: true, writable: true };
  Object.defineProperty(error, 'message', { ...hidden, value: SEALED_MESSAGE });
  Object.defineProperty(error, 'stack', { ...hidden, value: `${error.name}: ${SEALED_MESSAGE}` });
  if (error.cause instanceof Error) sealError(error.cause);
}

/** Whether Temporal delivered the error: it is sealed already, or was readable in a history before. */
export function hasArrived(error: unknown): boolean {
  return error instanceof TemporalFailure && error.failure !== undefined;
}

/** Whether `value` is the content of a sealed failure. */
export function isSealedText(value: unknown): value is SealedText {
  if (typeof value !== 'object' || value === null) return false;
  const { message, stack_trace } = value as Partial<SealedText>;
  return isSecret(message) && isSecret(stack_trace);
}
