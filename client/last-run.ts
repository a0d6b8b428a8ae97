import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import { MEMO } from '../contracts/core/names';
import { installationOfRun } from '../environment/namespace-owner';
import { ExitCode } from './exit-code';
import { pendingReason } from './pending-reason';
import { outcomeOf } from './run-workflow';

/** A run as `status` and `doctor` tell of it. */
export interface LastRun {
  workflowId: string;
  status: string;
  started: string;
  closed: string | undefined;
  outcome: string | undefined;
  startedBy: string | undefined;
  waitingFor: string | undefined;
  next: string | undefined;
  /** Why it ended as it did, and the code that `up` ended with; undefined while it is under way. */
  reason: string | undefined;
  exitCode: ExitCode | undefined;
}

/** The last run under an id; undefined where there is none, or another installation than `own` has the environment there. */
export async function lastRun(
  client: Client,
  workflowId: string,
  own: string | undefined,
): Promise<LastRun | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const described = await handle.describe();
    const { status: state, startTime, closeTime, searchAttributes, memo } = described;
    const owner = own === undefined ? undefined : installationOfRun(described);
    if (owner !== undefined && owner !== own) return undefined;
    const outcome = searchAttributes['BootstrapOutcome']?.[0];
    return {
      workflowId,
      status: state.name.toLowerCase(),
      started: startTime.toISOString(),
      closed: closeTime?.toISOString(),
      outcome: text(outcome),
      startedBy: text(memo?.[MEMO.startedBy]),
      waitingFor:
        state.name === 'RUNNING'
          ? ((await pendingReason(handle, described)) ?? text(memo?.[MEMO.waitingFor]))
          : undefined,
      next: text(memo?.[MEMO.next]),
      ...(await endOf(handle, state.name)),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function endOf(handle: WorkflowHandle, state: string) {
  if (state === 'RUNNING') return { reason: undefined, exitCode: undefined };
  if (state === 'COMPLETED') return { reason: undefined, exitCode: ExitCode.ok };
  const run = await outcomeOf(handle, handle.result());
  if (run.ended === 'completed') return { reason: undefined, exitCode: ExitCode.ok };
  if (run.ended === 'partial') return { reason: run.message, exitCode: ExitCode.partial };
  return { reason: run.message, exitCode: run.code };
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
