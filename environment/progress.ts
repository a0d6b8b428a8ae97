import { Context } from '@temporalio/activity';

const lines = new WeakMap<Context, string>();

interface CurrentProgress {
  signal: AbortSignal;
  onProgress: (line: string) => void;
  /** When the step was first given out, where its worker was lost: what was done since, this step did. */
  begunAt?: number;
}

/** An activity's cancellation, and a way to say where it is: its heartbeats carry the latest line. */
export function currentProgress(): CurrentProgress {
  const context = Context.current();
  const { attempt, scheduledTimestampMs } = context.info;
  return {
    ...(attempt > 1 && { begunAt: scheduledTimestampMs }),
    signal: context.cancellationSignal,
    onProgress: (line) => {
      lines.set(context, line);
      context.heartbeat(line);
    },
  };
}

/** What the activity said last. */
export const latestLine = (context: Context): string => lines.get(context) ?? 'started';

/** The run whose activity this is. */
export function currentRun(): { workflowId: string; runId: string } {
  const { activityId, workflowExecution } = Context.current().info;
  const { workflowId = activityId, runId = activityId } = workflowExecution ?? {};
  return { workflowId, runId };
}
