import {
  ActivityNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
  type WorkflowExecutionInfo,
} from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time';
import { unavailable } from '../contracts/core/failures';
import { TASK_QUEUE } from '../contracts/core/names';
import { hasEnded } from '../environment/process-identity';

type PendingActivity = NonNullable<WorkflowExecutionDescription['raw']['pendingActivities']>[number];
const [STARTED, CANCEL_REQUESTED] = [2, 3]; // temporal.api.enums.v1.PendingActivityState
// With the deadline no later than the heartbeat timeout (workflows/policies.ts): then it may be another worker's step.
const FRESH_MS = 5_000;
const DEADLINE_MS = 1_000;
const AT_MOST = 20; // runs; one an environment

/**
 * Gives the steps of killed workers out again at once, in place of after their silence. Only those of processes that
 * have surely ended; for all others their heartbeats decide. Answers how many.
 */
export async function releaseKilledSteps(client: Client): Promise<number> {
  let released = 0;
  let looked = 0;
  const query = `TaskQueue STARTS_WITH '${TASK_QUEUE}' AND ExecutionStatus = 'Running'`;
  for await (const run of client.workflow.list({ query })) {
    released += await client.withDeadline(Date.now() + DEADLINE_MS, () => releaseIn(client, run));
    if (++looked === AT_MOST) break;
  }
  return released;
}

async function releaseIn(client: Client, { workflowId, runId }: WorkflowExecutionInfo): Promise<number> {
  const { raw } = await client.workflow.getHandle(workflowId, runId).describe();
  const killed = (raw.pendingActivities ?? []).filter(isFreshAndKilled);
  for (const { state, activityId, lastWorkerIdentity } of killed) {
    const step = { workflowId, runId, activityId: activityId ?? '' };
    const released =
      Number(state) === STARTED
        ? client.activity.fail(step, unavailable(`the worker ${lastWorkerIdentity} was killed`))
        : client.activity.reportCancellation(step);
    await released.catch(unlessGone);
  }
  // nor does the workflow's next task have to wait for the killed one
  const execution = { workflowId, runId };
  const { namespace } = client.options;
  if (killed.length > 0) await client.workflowService.resetStickyTaskQueue({ namespace, execution });
  return killed.length;
}

function isFreshAndKilled({
  state,
  lastWorkerIdentity,
  lastHeartbeatTime,
  lastStartedTime,
}: PendingActivity) {
  if (![STARTED, CANCEL_REQUESTED].includes(Number(state))) return false;
  const sign = optionalTsToMs(lastHeartbeatTime ?? lastStartedTime);
  return sign !== undefined && Date.now() - sign < FRESH_MS && hasEnded(lastWorkerIdentity ?? '');
}

function unlessGone(error: unknown): void {
  if (!(error instanceof ActivityNotFoundError)) throw error;
}
