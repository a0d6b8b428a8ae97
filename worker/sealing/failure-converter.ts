import {
  DefaultFailureConverter,
  type PayloadConverter,
  type ProtoFailure,
  type SerializationContext,
} from '@temporalio/common';
import {
  ContinueAsNew,
  inWorkflowContext,
  isCancellation,
  type WorkflowInterceptorsFactory,
} from '@temporalio/workflow';
import { Secret, witnessSecrets } from '../../contracts/core/secret';
import {
  SEALED_MESSAGE,
  attachSealedText,
  hasArrived,
  isSealedText,
  sealError,
  sealedText,
} from './sealed-text';

// Whether the workflow whose sandbox this is has had a Secret so far, made or received. Never in Node: there the scopes
// of activities are the witness (contracts/core/secret-scope.ts).
let hadSecret = false;
if (inWorkflowContext()) witnessSecrets(() => void (hadSecret = true));

/**
 * Moves message and stack of failures that may hold a secret into Secrets, which the codec seals: those of a workflow
 * that had a Secret, and those that HideFailures has branded. All others stay readable for operators.
 */
class SealingFailureConverter extends DefaultFailureConverter {
  override errorToFailure(
    error: unknown,
    converter: PayloadConverter,
    context?: SerializationContext,
  ): ProtoFailure {
    const failure = super.errorToFailure(error, converter, context); // comes back here for each cause
    if (hasArrived(error)) return failure; // as it came: sealed again, or readable
    const text = sealedText(error) ?? (hadSecret ? textOf(failure) : undefined);
    if (text === undefined) return failure;
    const encodedAttributes = converter.toPayload(text, context);
    return { ...failure, message: SEALED_MESSAGE, stackTrace: '', encodedAttributes };
  }

  override failureToError(
    failure: ProtoFailure,
    converter: PayloadConverter,
    context?: SerializationContext,
  ): Error {
    // Our texts are no strings to the default, so it leaves the message sealed.
    const error = super.failureToError(failure, converter, context);
    const text: unknown =
      failure.encodedAttributes && converter.fromPayload(failure.encodedAttributes, context);
    if (isSealedText(text)) attachSealedText(error, text);
    hideProto(error);
    return error;
  }
}

function textOf({ message, stackTrace }: ProtoFailure) {
  return { message: new Secret(message ?? ''), stack_trace: new Secret(stackTrace ?? '') };
}

// It holds opened payloads: loggers must not walk into it.
function hideProto(error: Error): void {
  for (const key of ['failure', 'originalFailure']) {
    const held = Object.getOwnPropertyDescriptor(error, key);
    if (held !== undefined) Object.defineProperty(error, key, { ...held, enumerable: false });
  }
}

/** For `failureConverterPath`; secretsPlugin sets it. Loads in the workflow sandbox. */
export const failureConverter = new SealingFailureConverter();

/** Seals what a workflow that had a Secret throws before the SDK logs it; the converter is too late for that. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      async execute(input, next) {
        try {
          return await next(input);
        } catch (thrown) {
          if (!hadSecret || thrown instanceof ContinueAsNew || isCancellation(thrown)) throw thrown;
          const error = thrown instanceof Error ? thrown : new Error(String(thrown));
          sealError(error);
          throw error;
        }
      },
    },
  ],
});
