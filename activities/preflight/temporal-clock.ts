import type { Context } from '@temporalio/activity';
import type { ClockReading } from './check-clock';

const LONG_MS = 60_000;

/**
 * The time of the Temporal server, by when it handed out this activity. A run that waited for its worker looks like a
 * clock that is behind: only then the server is asked when this attempt started.
 */
export async function temporalClock(context: Context): Promise<ClockReading | undefined> {
  const { activityId, currentAttemptScheduledTimestampMs, workflowExecution } = context.info;
  const reading = (theirs: number) => ({ of: 'the Temporal server', theirs, ours: Date.now() });
  const scheduled = reading(currentAttemptScheduledTimestampMs);
  if (Math.abs(scheduled.theirs - scheduled.ours) < LONG_MS || workflowExecution === undefined)
    return scheduled;
  const { workflowId, runId } = workflowExecution;
  const { raw } = await context.client.workflow.getHandle(workflowId, runId).describe();
  const started = raw.pendingActivities?.find(
    (pending) => pending.activityId === activityId,
  )?.lastStartedTime;
  return started?.seconds ? reading(Number(started.seconds) * 1000) : undefined;
}
