import { lacksRequired, type BootstrapReport } from '../../contracts/run/summaries';
import type { DeclaredOptions } from '../../environment/declaration';
import { changedSince } from '../../environment/declared-files';
import { Reports } from '../../environment/reports';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { choicesOf, type ChoiceFlags } from '../options';
import { renderPlan } from '../render/plan';
import { renderSummary } from '../render/summary';
import type { Session } from '../session';
import { noteUse } from '../temporal/server-users';
import { workflowIdOf } from '../run-workflow';
import { runToEnd } from '../writer-run';
import { declareFor } from './declare';
import { readPlanFile } from './plan-file';

interface UpFlags extends ChoiceFlags {
  /** File of `plan --out`. */
  plan?: string;
  environment?: string;
  reset?: boolean;
  moved?: boolean;
  takeOver?: boolean;
}

/** Declares the environment, runs the whole bootstrap with the workers in this process, and tells how it ended. */
export async function up(
  options: DeclaredOptions,
  flags: UpFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { host, terminal } = context;
  const { dryRun = false, reset = false, moved = false, takeOver = false } = flags;
  const named = flags.environment === undefined ? {} : { environment: flags.environment };
  const { environment, digest, declaration } = await declareFor(context, {
    ...named,
    options,
    reset,
    moved,
    trial: dryRun,
  });
  // A dry run is no run of the environment: it has an id of its own.
  const workflowId = workflowIdOf(environment, { dryRun });
  const approved =
    flags.plan === undefined ? {} : { plan: await readPlanFile(flags.plan, environment, context) };
  const choices = { ...choicesOf(environment, flags), ...approved };
  const call = {
    type: 'bootstrap',
    workflowId,
    taskQueue: await host.queueOf(environment),
    input: dryRun ? { ...choices, declaration: digest } : choices,
    declaration: digest,
    summary: `bring up ${environment}`,
    changedSince: (moment: Date) => changedSince(declaration, moment),
  } as const;
  const started = async ({ server, client }: Session) => {
    if (!dryRun && server.kind === 'embedded') await noteUse(host.stateDirOf(environment));
    if (server.uiAddress === undefined) return;
    const page = `namespaces/${client.options.namespace}/workflows/${encodeURIComponent(workflowId)}`;
    terminal.progress(`Temporal UI: ${server.uiAddress}/${page}`);
  };
  return runToEnd<BootstrapReport>(call, context, { environment, takeOver, started }, async (run) => {
    await tell(run.result, environment, context);
    return lacksRequired(run.result.seed, run.result.nodes) || run.ended === 'partial'
      ? ExitCode.partial
      : ExitCode.ok;
  });
}

async function tell(result: BootstrapReport, environment: string, { host, terminal, json }: CommandContext) {
  if (json) return terminal.line(JSON.stringify(result, null, 2));
  const stateDir = host.stateDirOf(environment);
  if (result.nodes === undefined) await renderPlan(result.seed, environment, new Reports(stateDir), terminal);
  renderSummary(result, stateDir, terminal);
}
