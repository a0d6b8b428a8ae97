import {
  ApplicationFailure,
  CancelledFailure,
  WorkflowFailedError,
  ServiceError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import { FailureType, missingPrerequisite, refused } from '../contracts/core/failures';
import { bootstrapWorkflowId, installationIn } from '../contracts/core/names';
import { commandOf } from '../contracts/run/again';
import type { Choices } from '../contracts/run/run-ref';
import { installationOfRun } from '../environment/namespace-owner';
import { ExitCode, exitCodeOf } from './exit-code';
import { followRun } from './follow-run';
import { aborted } from './interrupts';
import { revived, reviving } from './reviving';
import type { Session } from './session';
import { refusal } from './temporal/refusal';
import type { Terminal } from './terminal';

// A step of the workflow's own code takes milliseconds; one that a killed worker had taken is given out again after this.
const WORKFLOW_TASK_TIMEOUT = '5s';
const MOST_TRIES = 3; // a minute in all

export interface WorkflowCall {
  type:
    | 'bootstrap'
    | 'seedSecrets'
    | 'promote'
    | 'prune'
    | 'rotate'
    | 'backup'
    | 'drill'
    | 'restore'
    | 'upgrade'
    | 'watch'
    | 'serveHost'
    | 'serveHosts';
  workflowId: string;
  /** The queue of the environment. */
  taskQueue: string;
  input: Choices & { environment: string };
  /** Digest of the declaration that the caller means. */
  declaration: string;
  summary: string;
  /** Whether a file that the declaration names is newer than a run that began then, which may have read what it was. */
  changedSince?: (moment: Date) => Promise<boolean>;
}

type Ended<T> =
  | { ended: 'completed'; result: T }
  /** The run failed because something required is missing; its result says what. */
  | { ended: 'partial'; result: T; message: string }
  | { ended: 'failed'; code: ExitCode; message: string };

export type RunResult<T> = Ended<T> | { ended: 'detached' };

/** The id of a run: the environment's lock, or for one that only looks an id of its own, which nobody joins. */
export const workflowIdOf = (environment: string, { dryRun }: { dryRun: boolean }): string =>
  dryRun ? `plan/${environment}/${randomUUID()}` : bootstrapWorkflowId(environment);

/**
 * Starts a workflow, or joins the one that runs under its id, and follows it until it ends or `detach` is aborted. A
 * joined run that was started with another input, or before a file was changed, is followed by one with this input, and so is
 * one that failed: what it failed for may be over since, as a worker that it waited for in vain.
 * @throws SessionLost
 */
export async function runWorkflow<T>(
  session: Session,
  call: WorkflowCall,
  terminal: Terminal,
  detach: AbortSignal,
): Promise<RunResult<T>> {
  for (;;) {
    const left = aborted(detach);
    const begun = await Promise.race([reviving(startOrJoin(session, call), session.revive), left]);
    if (begun === 'aborted') return { ended: 'detached' };
    const { handle, joined } = begun;
    if (joined !== 'no') {
      terminal.progress(`joined ${call.workflowId}, which is under way with ${JOINED_AS[joined]}`);
      if (joined !== 'same input')
        terminal.progress(
          `  your run starts when it ends; to end it now: ${temporalCommand('cancel', call.workflowId)}`,
        );
    }
    const result = resultOf<T>(handle, session.revive);
    await followRun(handle, Promise.race([result, left]), terminal, session.revive);
    if (detach.aborted) return { ended: 'detached' };
    const outcome = await outcomeOf(handle, result, commandOf(call.type, call.input));
    if (joined === 'no') return outcome;
    const hasFailed = outcome.ended === 'failed' && outcome.code !== ExitCode.cancelled;
    if (joined === 'same input' && !hasFailed) return outcome;
    if (outcome.ended === 'failed') terminal.progress(`the joined run: ${outcome.message}`);
  }
}

const JOINED_AS = {
  'same input': 'the same input',
  'other input': 'another input',
  'older files': 'the same input, and may have read a file that was changed meanwhile',
};

const temporalCommand = (verb: string, workflowId: string) =>
  `onex-bootstrap temporal workflow ${verb} --workflow-id ${workflowId}`;

/** What Ctrl-C leaves behind, and the commands that follow, continue or cancel it. */
export function detached({ type, workflowId, input }: WorkflowCall): string {
  const command = commandOf(type, input);
  return [
    `Detached. ${workflowId} keeps its progress and continues as soon as a worker runs.`,
    `  continue   ${command}      (joins it)`,
    '             onex-bootstrap worker      (does the work, shows nothing)',
    `  follow     ${temporalCommand('describe', workflowId)}`,
    `  cancel     ${temporalCommand('cancel', workflowId)}`,
  ].join('\n');
}

async function startOrJoin({ client }: Session, call: WorkflowCall) {
  const { type, workflowId, taskQueue, input, declaration, summary, changedSince } = call;
  const starter = randomUUID();
  const asked = JSON.stringify([type, declaration, input]); // its fields stand in a fixed order
  const handle = await client.workflow.start(type, {
    workflowId,
    taskQueue,
    args: [input],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowTaskTimeout: WORKFLOW_TASK_TIMEOUT,
    staticSummary: summary,
    memo: { starter, input: asked },
  });
  const { memo, taskQueue: queue, startTime } = await handle.describe();
  if (memo?.['starter'] === starter) return { handle, joined: 'no' } as const;
  const owner = installationOfRun({ memo, taskQueue: queue });
  if (owner !== undefined && owner !== installationIn(taskQueue)) throw ofAnother(workflowId, owner);
  if (memo?.['input'] !== asked) return { handle, joined: 'other input' } as const;
  const isOlder = (await changedSince?.(startTime)) === true;
  return { handle, joined: isOlder ? 'older files' : 'same input' } as const;
}

/** It was begun between our look and our start, or is what is to be taken over. */
const ofAnother = (workflowId: string, owner: string) =>
  refused(
    `${workflowId} is under way for the installation ${owner}, to which the environment belongs in this Temporal namespace. Use another environment name (-e) or another namespace (TEMPORAL_NAMESPACE). Where ${owner} is gone for good, end its run, and then take over: ${temporalCommand('terminate', workflowId)}`,
  );

/** The SDK gives a lost server up after some 20 s; one that is started again on a busy machine may need longer. */
async function resultOf<T>(handle: WorkflowHandle, revive: () => Promise<void>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return (await handle.result()) as T;
    } catch (error) {
      // one that knows nothing of a run that was begun may be a stranger on its port
      const isLost = error instanceof ServiceError || error instanceof WorkflowNotFoundError;
      if (!isLost || tries === MOST_TRIES) throw error;
      await revived(revive);
    }
  }
}

/** How the run ended, and the code that a command which followed it ends with. */
export async function outcomeOf<T>(
  handle: WorkflowHandle,
  result: Promise<T>,
  again?: string,
): Promise<Ended<T>> {
  try {
    return { ended: 'completed', result: await result };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw lostContact(error, handle.workflowId, again);
    const { cause } = error;
    if (cause instanceof CancelledFailure) {
      const next = again === undefined ? '' : ` To continue from what is in place: ${again}`;
      const message = `${handle.workflowId} was cancelled.${next}`;
      return { ended: 'failed', code: ExitCode.cancelled, message };
    }
    if (cause instanceof ApplicationFailure && cause.type === FailureType.partial) {
      const [result] = cause.details ?? [];
      return { ended: 'partial', result: result as T, message: cause.message };
    }
    const code = cause instanceof ApplicationFailure ? exitCodeOf(cause.type) : ExitCode.stepFailed;
    return { ended: 'failed', code, message: rootMessage(cause ?? error) };
  }
}

function rootMessage(error: Error): string {
  return error.cause instanceof Error ? `${error.message}: ${rootMessage(error.cause)}` : error.message;
}

function lostContact(error: unknown, workflowId: string, again: string | undefined): unknown {
  const denied = refusal(error);
  if (denied !== undefined || !(error instanceof ServiceError)) return denied ?? error;
  return missingPrerequisite(
    `The Temporal server no longer answers. ${workflowId} keeps its progress.${again === undefined ? '' : ` When the server is back, continue with: ${again}`}`,
    { cause: new Error(rootMessage(error)) },
  );
}
