import { randomUUID } from 'node:crypto';
import { isPartial } from '../../contracts/report/is-partial';
import type { RequirementsOutline } from '../../contracts/report/outlines';
import type { SeedReport } from '../../contracts/report/seed-report';
import type { BootstrapInput } from '../../contracts/settings/bootstrap-input';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { renderPlan } from '../render/plan';
import { runWorkflow } from '../run-workflow';
import { openSession, workersOf } from '../session';

/** Reads the server and prints what seeding would do, key by key; changes nothing. */
export async function plan(input: BootstrapInput, context: CommandContext): Promise<ExitCode> {
  const { config, terminal, json, detach } = context;
  const session = await openSession(config, terminal);
  const workers = await workersOf(session, config);
  try {
    const environment = input.environment ?? config.environment;
    const call = {
      type: 'seedSecrets',
      workflowId: `plan/${environment}/${randomUUID()}`, // its input is this call's: nothing to join
      input: { ...input, environment, dryRun: true },
      summary: `plan the secrets of ${environment}`,
    } as const;
    const run = await runWorkflow<SeedReport & { contracts: RequirementsOutline }>(
      session,
      call,
      terminal,
      detach,
    );
    if (run.ended === 'detached') {
      await session.client.workflow.getHandle(call.workflowId).terminate('nobody waits for this plan');
      return ExitCode.detached;
    }
    if (run.ended === 'failed') {
      if (json) terminal.line(JSON.stringify({ outcome: 'failed', message: run.message }, null, 2));
      terminal.progress(`✘ ${run.message}`);
      return run.code;
    }
    if (json) terminal.line(JSON.stringify(run.result, null, 2));
    else {
      renderPlan(run.result, terminal);
      for (const problem of run.result.contracts.problems)
        terminal.line(terminal.paint('yellow', `problem: ${problem}`));
    }
    return isPartial(run.result, []) ? ExitCode.partial : ExitCode.ok;
  } finally {
    await workers.stop();
    await session.client.connection.close();
  }
}
