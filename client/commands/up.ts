import { bootstrapWorkflowId } from '../../contracts/core/names';
import type { BootstrapReport } from '../../contracts/report/bootstrap-report';
import type { BootstrapInput } from '../../contracts/settings/bootstrap-input';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { howToFollow } from '../how-to-follow';
import { renderPlan } from '../render/plan';
import { renderSummary } from '../render/summary';
import { runWorkflow } from '../run-workflow';
import { openSession, workersOf } from '../session';

/** Runs the whole bootstrap, with the workers in this process, and tells how it ended. */
export async function up(input: BootstrapInput, context: CommandContext): Promise<ExitCode> {
  const { config, terminal, json, detach } = context;
  const session = await openSession(config, terminal);
  const environment = input.environment ?? config.environment;
  const workflowId = bootstrapWorkflowId(environment);
  const { uiAddress } = session.server;
  if (uiAddress !== undefined) {
    terminal.progress(
      `Temporal UI: ${uiAddress}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`,
    );
  }
  const workers = await workersOf(session, config);
  try {
    const summary = `bring up ${environment}`;
    // A worker with other defaults may take the step that settles them.
    const call = { type: 'bootstrap', workflowId, input: { ...input, environment }, summary } as const;
    const run = await runWorkflow<BootstrapReport>(session, call, terminal, detach);
    switch (run.ended) {
      case 'detached':
        terminal.progress(howToFollow(session, workflowId));
        return ExitCode.detached;
      case 'failed':
        if (json) terminal.line(JSON.stringify({ outcome: 'failed', message: run.message }, null, 2));
        terminal.progress(`✘ ${run.message}`);
        return run.code;
      case 'completed':
        if (json) terminal.line(JSON.stringify(run.result, null, 2));
        else if (input.dryRun && run.result.seed !== undefined) renderPlan(run.result.seed, terminal);
        if (!json) renderSummary(run.result, terminal);
        return run.result.outcome === 'partial' ? ExitCode.partial : ExitCode.ok;
      default:
        return run satisfies never;
    }
  } finally {
    await workers.stop();
    await session.client.connection.close();
  }
}
