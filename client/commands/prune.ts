import { present } from '../../contracts/core/record';
import type { PruneResult } from '../../workflows/prune';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { more } from '../render/plan';
import { workflowIdOf } from '../run-workflow';
import { runToEnd } from '../writer-run';

interface PruneFlags {
  environment?: string;
  dryRun?: boolean;
  /** Digest of a plan that somebody looked at. */
  approved?: string;
  /** Seconds. */
  approveWithin?: number;
  undo?: string;
}

/** Deletes the keys that nobody needs, after an approval; with `undo` writes back what an earlier prune deleted. */
export async function prune(flags: PruneFlags, context: CommandContext): Promise<ExitCode> {
  const { host, terminal, json } = context;
  const environment = await host.choose(flags.environment);
  const { digest } = await host.newest(environment);
  const { dryRun, approved: plan, approveWithin, undo } = flags;
  const workflowId = workflowIdOf(environment, { dryRun: dryRun === true });
  const call = {
    type: 'prune',
    workflowId,
    taskQueue: await host.queueOf(environment),
    input: { environment, ...present({ dryRun, approveWithin, plan, undo }) },
    declaration: digest,
    summary: `prune ${environment}`,
  } as const;
  return runToEnd<PruneResult>(call, context, { environment }, ({ result }) => {
    const { keys, left, planId, done } = result;
    if (json) {
      terminal.line(JSON.stringify({ environment, ...result }, null, 2));
      return ExitCode.ok;
    }
    for (const key of keys.first) terminal.line(`  ${key}`);
    more(keys, 'keys', environment, (line) => terminal.line(line));
    const why = undo === undefined ? 'another value refers to it' : 'it has another value by now';
    for (const key of left.first) terminal.line(`  ${key} stays: ${why}`);
    if (undo !== undefined) terminal.line(`${done} written back`);
    else if (dryRun === true)
      terminal.line(
        keys.count === 0
          ? 'nothing to delete'
          : `To delete them: onex-bootstrap prune -e ${environment} --approved ${planId.slice(-16)}`,
      );
    else if (done === 0) terminal.line('nothing to delete');
    else
      terminal.line(`${done} deleted. To undo it: onex-bootstrap prune -e ${environment} --undo ${planId}`);
    return ExitCode.ok;
  });
}
