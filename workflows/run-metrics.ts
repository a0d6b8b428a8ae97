import { metricMeter, workflowInfo } from '@temporalio/workflow';

/** Names and meanings of what is counted of runs. */
export const RUN_METRICS = {
  onex_runs: 'Runs that ended, by workflow and outcome',
  onex_run_seconds: 'How long runs took',
} as const;

/** Counts a run that ends, in the worker that does so; a replay counts nothing. */
export function countRun(environment: string, outcome: string): void {
  const { runStartTime } = workflowInfo();
  const tags = { environment, outcome }; // the SDK adds workflowType
  metricMeter.createCounter('onex_runs', undefined, RUN_METRICS.onex_runs).add(1, tags);
  metricMeter
    .createHistogram('onex_run_seconds', 'float', 's', RUN_METRICS.onex_run_seconds)
    .record((Date.now() - runStartTime.getTime()) / 1000, tags);
}
