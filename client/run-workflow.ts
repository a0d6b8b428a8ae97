import {
  ApplicationFailure,
  CancelledFailure,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { TASK_QUEUE } from '../contracts/core/names';
import type { BootstrapInput } from '../contracts/settings/bootstrap-input';
import { ExitCode, exitCodeOf } from './exit-code';
import { followRun } from './follow-run';
import type { Session } from './session';
import type { Terminal } from './terminal';

export interface WorkflowCall {
  type: 'bootstrap' | 'seedSecrets';
  workflowId: string;
  input: BootstrapInput;
  summary: string;
}

export type RunResult<T> =
  | { ended: 'completed'; result: T }
  | { ended: 'failed'; code: ExitCode; message: string }
  | { ended: 'detached' };

/** Starts a workflow, or joins the one that runs under its id, and follows it until it ends or `detach` is aborted. */
export async function runWorkflow<T>(
  session: Session,
  call: WorkflowCall,
  terminal: Terminal,
  detach: AbortSignal,
): Promise<RunResult<T>> {
  const starter = randomUUID();
  const handle = await session.client.workflow.start(call.type, {
    workflowId: call.workflowId,
    taskQueue: TASK_QUEUE,
    args: [call.input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    staticSummary: call.summary,
    memo: { starter },
  });
  const { memo } = await handle.describe();
  if (memo?.['starter'] !== starter) {
    terminal.progress(
      `joined ${call.workflowId}, which is under way with the input that it was started with`,
    );
  }
  const result = handle.result() as Promise<T>;
  const left = new Promise<'detached'>((resolve) =>
    detach.addEventListener('abort', () => resolve('detached')),
  );
  await followRun(handle, Promise.race([result, left]), terminal);
  return detach.aborted ? { ended: 'detached' } : outcomeOf(handle, result);
}

async function outcomeOf<T>(handle: WorkflowHandle, result: Promise<T>): Promise<RunResult<T>> {
  try {
    return { ended: 'completed', result: await result };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    if (cause instanceof CancelledFailure) {
      const message = `${handle.workflowId} was cancelled; \`up\` continues from what is in place.`;
      return { ended: 'failed', code: ExitCode.cancelled, message };
    }
    const code = cause instanceof ApplicationFailure ? exitCodeOf(cause.type) : ExitCode.stepFailed;
    return { ended: 'failed', code, message: rootMessage(cause ?? error) };
  }
}

function rootMessage(error: Error): string {
  return error.cause instanceof Error ? `${error.message}: ${rootMessage(error.cause)}` : error.message;
}
