import { present } from '../../contracts/core/record';
import { Reports } from '../../environment/reports';
import type { PromoteResult } from '../../workflows/promote';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { choicesOf, type ChoiceFlags } from '../options';
import { renderPlan } from '../render/plan';
import { workflowIdOf } from '../run-workflow';
import { runToEnd } from '../writer-run';

interface Wanted {
  from: string;
  to: string;
  /** All that both know where none is named. */
  keys: readonly string[];
}

/** Copies values from one environment to another; values stay within one step of the host that has both. */
export async function promote(
  { from, to, keys }: Wanted,
  flags: ChoiceFlags & { transport?: string },
  context: CommandContext,
): Promise<ExitCode> {
  const { host, terminal, json } = context;
  const environment = await host.choose(to);
  const { digest } = await host.newest(environment);
  await host.newest(await host.choose(from));
  const { dryRun = false, transport } = flags;
  const only = present({ keys: keys.length === 0 ? undefined : [...keys], transport });
  const workflowId = workflowIdOf(environment, { dryRun });
  const call = {
    type: 'promote',
    workflowId,
    taskQueue: await host.queueOf(environment),
    input: { ...choicesOf(environment, flags), from, ...only },
    declaration: digest,
    summary: `promote ${from} to ${environment}`,
  } as const;
  return runToEnd<PromoteResult>(call, context, { environment }, async ({ result }) => {
    if (json) terminal.line(JSON.stringify({ from, environment, ...result }, null, 2));
    else {
      await renderPlan(result, environment, new Reports(host.stateDirOf(environment)), terminal);
      const { written } = result;
      if (written > 0) terminal.line(`${written} copied. For the nodes: onex-bootstrap up -e ${environment}`);
    }
    return ExitCode.ok;
  });
}
