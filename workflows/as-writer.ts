import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import { executeChild, ParentClosePolicy, patched, workflowInfo } from '@temporalio/workflow';
import { refused } from '../contracts/core/failures';
import { bootstrapWorkflowId } from '../contracts/core/names';
import type { BootstrapInput } from '../contracts/settings/bootstrap-input';
import { Run } from './run';

// as `up` starts it: a step that a killed worker had taken is given out again after this
const WORKFLOW_TASK_TIMEOUT = '5s';

/**
 * Runs `body` as the only writer of its environment in this namespace: the id `bootstrap/ENVIRONMENT` is the lock. A
 * workflow under another id does its work as a child of that id, or is refused while one is under way.
 */
export async function asWriter<T>(
  input: BootstrapInput,
  phases: string[],
  body: (run: Run) => Promise<T>,
): Promise<T> {
  const run = await Run.start(input, phases);
  const { workflowId } = workflowInfo();
  const lock = bootstrapWorkflowId(run.settings.environment);
  if (run.settings.dryRun || workflowId === lock || !patched('one-writer')) return body(run);
  run.follow(lock);
  const result = await run.phase(
    lock,
    () => underLock<T>(run, lock, input),
    () => 'see there',
  );
  run.finish('complete');
  return result;
}

async function underLock<T>(run: Run, lock: string, input: BootstrapInput): Promise<T> {
  const { workflowId, workflowType } = workflowInfo();
  const { environment, host } = run.settings;
  try {
    return (await executeChild(workflowType, {
      workflowId: lock,
      args: [{ ...input, environment, host }],
      staticSummary: `${workflowType} of ${environment} for ${workflowId}`,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    })) as T;
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw refused(
      `${lock} is under way and changes ${environment} already: one run of an environment at a time. Wait for it (temporal workflow result --workflow-id ${lock}), or end it first: temporal workflow cancel --workflow-id ${lock}`,
      { cause: error },
    );
  }
}
