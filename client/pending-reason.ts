import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

type Description = Awaited<ReturnType<WorkflowHandle['describe']>>;
type PendingActivity = NonNullable<Description['raw']['pendingActivities']>[number];

// a run asks its hosts' page, and that the hosts that do their share; each is a request
const DEPTH = 2;
const MOST_CHILDREN = 3;
/** Milliseconds. What takes no longer is not worth a word, of several hosts at once. */
const LONG = 4_000;

/**
 * Why the step that is under way is not done: its latest failure, or what its heartbeat said last. Where that is one of a
 * child, as for hosts that joined, it is told once it takes long.
 */
export async function pendingReason(
  handle: WorkflowHandle,
  { raw }: Pick<Description, 'raw'>,
): Promise<string | undefined> {
  for (const activity of raw.pendingActivities ?? []) {
    const reason = reasonOf(activity);
    if (reason !== undefined) return reason;
  }
  return childrensReason(handle, raw, DEPTH);
}

async function childrensReason(
  { client }: WorkflowHandle,
  { pendingChildren }: Description['raw'],
  depth: number,
): Promise<string | undefined> {
  if (depth === 0) return undefined;
  // the server names them in any order, and one host after the other is told of
  const children = [...(pendingChildren ?? [])].sort((one, other) =>
    (one.workflowId ?? '').localeCompare(other.workflowId ?? ''),
  );
  for (const { workflowId, runId } of children.slice(0, MOST_CHILDREN)) {
    const child = client.getHandle(workflowId ?? '', runId ?? undefined);
    const { raw } = await child.describe();
    const slow = (raw.pendingActivities ?? []).filter(isSlow).map(reasonOf);
    const own = slow.find((reason) => reason !== undefined);
    const [, host] = /^host\/[^/]+\/(.*)$/.exec(workflowId ?? '') ?? [];
    if (own !== undefined) return host === undefined ? own : `${host}: ${own}`;
    const theirs = await childrensReason(child, raw, depth - 1);
    if (theirs !== undefined) return theirs;
  }
  return undefined;
}

function reasonOf({ lastFailure, heartbeatDetails }: PendingActivity): string | undefined {
  if (lastFailure?.message) return lastFailure.message;
  const [latest] = heartbeatDetails?.payloads ?? [];
  const line = !latest ? undefined : defaultPayloadConverter.fromPayload(latest);
  return typeof line === 'string' && line !== 'started' ? line : undefined;
}

const isSlow = ({ lastStartedTime, lastFailure }: PendingActivity) =>
  Boolean(lastFailure?.message) || Date.now() - Number(lastStartedTime?.seconds ?? Infinity) * 1_000 > LONG;
