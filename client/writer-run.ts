import type { Choices } from '../contracts/run/run-ref';
import type { CommandContext } from './command-context';
import { ExitCode } from './exit-code';
import { detached, runWorkflow, workflowIdOf, type RunResult, type WorkflowCall } from './run-workflow';
import type { Session } from './session';
import { withWorkers } from './with-workers';
import { noteUse } from './temporal/server-users';

/** Runs a workflow as the one writer of an environment, with workers in this process; `tell` shows its result. */
export async function runAsWriter<T>(
  {
    type,
    environment,
    summary,
    takeOver = false,
    choices = {},
  }: Pick<WorkflowCall, 'type' | 'summary'> & {
    environment: string;
    takeOver?: boolean;
    choices?: Choices;
  },
  context: CommandContext,
  tell: (result: T) => void,
): Promise<ExitCode> {
  const { host, terminal, json } = context;
  const workflowId = workflowIdOf(environment, { dryRun: choices.dryRun === true });
  const call = {
    type,
    workflowId,
    taskQueue: await host.queueOf(environment),
    input: { ...choices, environment },
    declaration: (await host.newest(environment)).digest,
    summary,
  };
  const started = ({ server }: Session) =>
    server.kind === 'embedded' ? noteUse(host.stateDirOf(environment)) : Promise.resolve();
  return runToEnd<T>(call, context, { environment, takeOver, started }, ({ ended, result }) => {
    if (json) terminal.line(JSON.stringify(result, null, 2));
    else tell(result);
    return ended === 'partial' ? ExitCode.partial : ExitCode.ok;
  });
}

interface Running {
  environment: string;
  takeOver?: boolean;
  /** What a run was for that failed, where another run had done it first. */
  done?: () => Promise<string | undefined>;
  /** Called once there is a server, before the run is started. */
  started?: (session: Session) => Promise<void>;
}

/**
 * Runs a workflow with workers in this process until it ends. One that was left, or failed, is told of here; `tell` shows
 * any other result, and says the code.
 */
export async function runToEnd<T>(
  call: WorkflowCall,
  context: CommandContext,
  { environment, takeOver = false, started, done }: Running,
  tell: (run: WithResult<T>) => ExitCode | Promise<ExitCode>,
): Promise<ExitCode> {
  const { terminal, json, interrupts } = context;
  const run = await withWorkers(context, { environment, takeOver }, async (session) => {
    await started?.(session);
    return runWorkflow<T>(session, call, terminal, interrupts.take());
  });
  switch (run.ended) {
    case 'detached':
      terminal.progress(detached(call));
      return ExitCode.detached;
    case 'failed': {
      const reached = await done?.();
      if (reached !== undefined) {
        if (json) terminal.line(JSON.stringify({ outcome: 'complete' }, null, 2));
        terminal.progress(reached);
        return ExitCode.ok;
      }
      if (json) terminal.line(JSON.stringify({ outcome: 'failed', message: run.message }, null, 2));
      terminal.progress(`✘ ${run.message}`);
      return run.code;
    }
    case 'partial':
    case 'completed':
      return tell(run);
    default:
      return run satisfies never;
  }
}

type WithResult<T> = Extract<RunResult<T>, { ended: 'partial' | 'completed' }>;
