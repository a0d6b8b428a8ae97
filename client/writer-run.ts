import { bootstrapWorkflowId } from '../contracts/core/names';
import type { CommandContext } from './command-context';
import { ExitCode } from './exit-code';
import { detached, runWorkflow, type WorkflowCall } from './run-workflow';
import { withWorkers } from './session';
import { noteUse } from './temporal/server-users';

/** Runs a workflow as the one writer of an environment, with workers in this process; `tell` shows its result. */
export async function runAsWriter<T>(
  {
    type,
    environment,
    summary,
    takeOver = false,
  }: Pick<WorkflowCall, 'type' | 'summary'> & {
    environment: string;
    takeOver?: boolean;
  },
  context: CommandContext,
  tell: (result: T) => void,
): Promise<ExitCode> {
  const { host, terminal, json, interrupts } = context;
  const workflowId = bootstrapWorkflowId(environment);
  const call = {
    type,
    workflowId,
    taskQueue: await host.queueOf(environment),
    input: { environment },
    declaration: (await host.newest(environment)).digest,
    summary,
  };
  const run = await withWorkers(context, { environment, takeOver }, async (session) => {
    if (session.server.kind === 'embedded') await noteUse(host.stateDirOf(environment));
    return runWorkflow<T>(session, call, terminal, interrupts.take());
  });
  switch (run.ended) {
    case 'detached':
      terminal.progress(detached(environment, workflowId));
      return ExitCode.detached;
    case 'failed':
      if (json) terminal.line(JSON.stringify({ outcome: 'failed', message: run.message }, null, 2));
      terminal.progress(`✘ ${run.message}`);
      return run.code;
    case 'partial':
    case 'completed':
      if (json) terminal.line(JSON.stringify(run.result, null, 2));
      else tell(run.result);
      return run.ended === 'partial' ? ExitCode.partial : ExitCode.ok;
    default:
      return run satisfies never;
  }
}
