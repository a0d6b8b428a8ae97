import type { Client } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time';

const ACTIVITIES = 2; // temporal.api.enums.v1.TaskQueueType

/** Who asks for steps of a queue, and when each did last, in milliseconds since the epoch; nobody where the server does not tell. */
export async function pollersOf(client: Client, queue: string): Promise<{ identity: string; at: number }[]> {
  const { namespace } = client.options;
  const asked = { namespace, taskQueue: { name: queue }, taskQueueType: ACTIVITIES };
  const { pollers } = await client.workflowService
    .describeTaskQueue(asked)
    .catch(() => ({ pollers: undefined }));
  return (pollers ?? []).map(({ identity, lastAccessTime }) => ({
    identity: identity ?? '',
    at: optionalTsToMs(lastAccessTime) ?? 0,
  }));
}
