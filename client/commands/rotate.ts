import { bootstrapWorkflowId } from '../../contracts/core/names';
import { present } from '../../contracts/core/record';
import type { RotationReport } from '../../contracts/run/rotation';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { detached, runWorkflow } from '../run-workflow';
import { withWorkers } from '../session';

export interface RotateFlags {
  environment?: string;
  json?: boolean;
  /** Seconds. */
  overlap?: number;
}

/** Rotates credentials by a run that goes on where an earlier one was cut off, and tells what was done. */
export async function rotate(
  names: string[],
  { environment: named, overlap }: RotateFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { host, terminal, json, interrupts } = context;
  const environment = await host.choose(named);
  const workflowId = bootstrapWorkflowId(environment);
  const call = {
    type: 'rotate',
    workflowId,
    taskQueue: await host.queueOf(environment),
    input: { environment, ...present({ rotate: names, overlap }) },
    declaration: (await host.newest(environment)).digest,
    summary: `rotate ${names.join(', ')} of ${environment}`,
  } as const;
  const run = await withWorkers(context, { environment }, (session) =>
    runWorkflow<RotationReport>(session, call, terminal, interrupts.take()),
  );
  if (run.ended === 'detached') {
    const again = `onex-bootstrap rotate ${names.join(' ')} -e ${environment}`;
    terminal.progress(detached(environment, workflowId, again));
    return ExitCode.detached;
  }
  if (run.ended === 'failed' || run.ended === 'partial') {
    if (json) terminal.line(JSON.stringify({ outcome: 'failed', message: run.message }, null, 2));
    terminal.progress(`✘ ${run.message}`);
    return run.ended === 'failed' ? run.code : ExitCode.partial;
  }
  const { result } = run;
  if (json) terminal.line(JSON.stringify(result, null, 2));
  else for (const change of result.changes.first) terminal.line(`  ${change}`);
  terminal.progress(`✔ ${environment}: ${result.rotated.join(', ')} rotated`);
  return ExitCode.ok;
}
