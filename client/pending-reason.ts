import type { WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';

/** Why the step that is under way is not done: its latest failure, or what its heartbeat said last. */
export async function pendingReason(handle: WorkflowHandle): Promise<string | undefined> {
  const { raw } = await handle.describe();
  for (const { lastFailure, heartbeatDetails } of raw.pendingActivities ?? []) {
    if (lastFailure?.message) return lastFailure.message;
    const [latest] = heartbeatDetails?.payloads ?? [];
    const line = !latest ? undefined : defaultPayloadConverter.fromPayload(latest);
    if (typeof line === 'string' && line !== 'started') return line;
  }
  return undefined;
}
