import type { Client } from '@temporalio/client';
import { lacksRequired, type BootstrapReport } from '../../contracts/run/summaries';
import type { DeclaredOptions } from '../../environment/declaration';
import { Reports } from '../../environment/reports';
import type { SeedResult } from '../../workflows/seed-secrets';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { choicesOf, type ChoiceFlags } from '../options';
import { byAction, more, renderPlan } from '../render/plan';
import { runWorkflow, workflowIdOf } from '../run-workflow';
import { withWorkers } from '../with-workers';
import { declareFor } from './declare';
import { writePlanFile } from './plan-file';

const TERMINATE_MS = 3_000;

interface PlanFlags extends ChoiceFlags {
  /** Where to write down which plan this is. */
  out?: string;
  /** 2 where there is something to do, as Terraform has it. */
  detailedExitcode?: boolean;
  environment?: string;
  reset?: boolean;
}

/** Reads the server and prints what seeding would do, key by key; changes nothing. Options given here are tried, not declared. */
export async function plan(
  options: DeclaredOptions,
  flags: PlanFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { host, terminal, json, interrupts } = context;
  const { detailedExitcode = false, out } = flags;
  const { environment, digest } = await declarationFor(options, flags, context);
  const call = {
    type: out === undefined ? 'seedSecrets' : 'bootstrap', // that one plans services and identities too
    workflowId: workflowIdOf(environment, { dryRun: true }), // its input is this call's: nothing to join
    taskQueue: await host.queueOf(environment),
    input: { ...choicesOf(environment, { ...flags, dryRun: true }), declaration: digest },
    declaration: digest,
    summary: `plan the secrets of ${environment}`,
  } as const;
  const run = await withWorkers(context, { environment }, async (session) => {
    const ended = await runWorkflow<SeedResult | BootstrapReport>(session, call, terminal, interrupts.take());
    if (ended.ended === 'detached') await forget(session.client, call.workflowId);
    return ended;
  });
  if (run.ended === 'detached') return ExitCode.detached;
  if (run.ended === 'failed') {
    if (json) terminal.line(JSON.stringify({ outcome: 'failed', message: run.message }, null, 2));
    terminal.progress(`✘ ${run.message}`);
    return detailedExitcode && run.code === ExitCode.badInput ? ExitCode.stepFailed : run.code;
  }
  const result = 'seed' in run.result ? { ...run.result.seed, contracts: run.result.contracts } : run.result;
  if (out !== undefined && 'pending' in run.result && run.result.pending !== undefined)
    await writePlanFile(out, environment, run.result.pending, context);
  const reports = new Reports(host.stateDirOf(environment));
  if (json) {
    const rows = Object.fromEntries(byAction(await reports.plan(result.planId)));
    terminal.line(JSON.stringify({ environment, ...result, rows }, null, 2));
  } else {
    await renderPlan(result, environment, reports, terminal);
    const { problems } = result.contracts;
    for (const problem of problems.first) terminal.line(terminal.paint('yellow', `problem: ${problem}`));
    more(problems, 'problems', environment, (line) => terminal.line(line));
  }
  if (detailedExitcode && result.writes.count > 0) return ExitCode.changesPending;
  return lacksRequired(result, undefined) ? ExitCode.partial : ExitCode.ok;
}

/** Ends a plan that nobody waits for. One that has not started, or whose server is away, changes nothing anyway. */
async function forget(client: Client, workflowId: string): Promise<void> {
  const plan = client.workflow.getHandle(workflowId);
  await client
    .withDeadline(Date.now() + TERMINATE_MS, () => plan.terminate('nobody waits for this plan'))
    .catch(() => undefined);
}

async function declarationFor(options: DeclaredOptions, flags: PlanFlags, context: CommandContext) {
  const { host } = context;
  const named = flags.environment === undefined ? {} : { environment: flags.environment };
  if (Object.keys(options).length > 0 || flags.reset)
    return declareFor(context, { ...named, options, reset: flags.reset ?? false, trial: true });
  const environment = await host.choose(flags.environment);
  return { environment, digest: (await host.newest(environment)).digest };
}
