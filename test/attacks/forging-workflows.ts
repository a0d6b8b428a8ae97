import { proxyActivities } from '@temporalio/workflow';

type Anything = Record<string, (...args: unknown[]) => Promise<unknown>>;

/** What anybody who reaches the Temporal server can do: any activity, on any queue, with any arguments. */
export function forge(taskQueue: string, activity: string, args: unknown[]): Promise<unknown> {
  const activities = proxyActivities<Anything>({
    taskQueue,
    scheduleToCloseTimeout: '30s',
    retry: { maximumAttempts: 1 },
  });
  return activities[activity]!(...args);
}
