import { asyncLocalStorage, type Context } from '@temporalio/activity';
import { noopMetricMeter } from '@temporalio/common';
import { randomUUID } from 'node:crypto';

/** Runs `work` as an activity of one run would be, without a server. */
export function inActivity<T>(work: () => Promise<T>, runId = randomUUID()): Promise<T> {
  const context = {
    info: { activityId: '1', attempt: 1, workflowExecution: { workflowId: 'bootstrap/dev', runId } },
    cancellationSignal: new AbortController().signal,
    heartbeat: () => {},
    metricMeter: noopMetricMeter,
  };
  return asyncLocalStorage.run(context as unknown as Context, work);
}
