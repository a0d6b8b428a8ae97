import type { ApplicationFailure } from '@temporalio/common';
import { saying } from '../../contracts/core/foreign-words';
import { forbidden, missingPrerequisite } from '../../contracts/core/failures';

const [NOT_FOUND, PERMISSION_DENIED, UNAUTHENTICATED] = [5, 7, 16]; // google.rpc.Code
// what the workers' side of the SDK, which is Rust, makes of them: it keeps the code in its text only
const DENIED = /\bcode: (PermissionDenied|Unauthenticated)\b|PERMISSION_DENIED|UNAUTHENTICATED/;

/** Where a client wanted to be let in. */
interface At {
  address: string;
  namespace: string;
}

/** Why a Temporal server that answers does not do what was asked, where it says so; undefined for other errors. */
export function refusal(error: unknown, at?: At): ApplicationFailure | undefined {
  const { code, text } = answerIn(error);
  const server = at === undefined ? 'The Temporal server' : `The Temporal server at ${at.address}`;
  if (code === NOT_FOUND && at !== undefined)
    return missingPrerequisite(
      `${server} has no namespace ${at.namespace}. Set TEMPORAL_NAMESPACE to one that it has, or have its operator make it: temporal operator namespace create ${at.namespace}`,
    );
  if (code !== PERMISSION_DENIED && code !== UNAUTHENTICATED && !DENIED.test(text)) return undefined;
  const where = at === undefined ? '' : ` in the namespace ${at.namespace}`;
  const denied = forbidden(
    `${server} does not let this client do that${where}. It needs to read and write there: check TEMPORAL_NAMESPACE, the client certificate, and TEMPORAL_API_KEY, which may have expired.`,
  );
  return saying(denied, 'the Temporal server', text);
}

function answerIn(error: unknown): { code?: number; text: string } {
  if (!(error instanceof Error)) return { text: '' };
  const { code } = error as { code?: unknown };
  const inner = answerIn(error.cause);
  if (typeof code === 'number' && inner.code === undefined) return { code, text: error.message };
  return { ...inner, text: `${error.message} ${inner.text}`.trim() };
}
