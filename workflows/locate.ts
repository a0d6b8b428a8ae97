import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { RunActivities } from '../activities/start';
import { FailureType } from '../contracts/core/failures';
import { SLUG, TASK_QUEUE, lookupQueue } from '../contracts/core/names';
import type { RunStart } from '../contracts/run/run-ref';
import { phaseFailure } from './phase-failure';
import { LOOKUP, policies } from './policies';

/**
 * A run on its environment's queue asks there. One that was started on the common queue asks those workers that have
 * the named environment, and any worker where none is named, or nobody has it: that one knows what there is.
 */
export async function locate(input: unknown): Promise<RunStart> {
  const { taskQueue } = workflowInfo();
  const asking = (queue: string, wait?: typeof LOOKUP) =>
    proxyActivities<RunActivities>({
      ...policies.quick,
      ...wait,
      taskQueue: queue,
    }).startRun.executeWithOptions({ summary: 'where the environment is, and as what it is declared' }, [
      input,
    ]);
  const named = nameIn(input);
  if (taskQueue !== TASK_QUEUE || named === undefined) return asking(taskQueue);
  return asking(lookupQueue(named), LOOKUP).catch((error: unknown) => {
    if (phaseFailure(error).type !== FailureType.missingPrerequisite) throw error;
    return asking(TASK_QUEUE);
  });
}

function nameIn(input: unknown): string | undefined {
  const named =
    typeof input === 'object' && input !== null && 'environment' in input ? input.environment : '';
  return typeof named === 'string' && SLUG.test(named) ? named : undefined;
}
