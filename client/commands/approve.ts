import {
  QueryNotRegisteredError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { badInput } from '../../contracts/core/failures';
import { bootstrapWorkflowId } from '../../contracts/core/names';
import type { Approving, PendingPlan, Rejecting } from '../../contracts/run/summaries';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { withWorkers } from '../with-workers';

interface Named {
  environment?: string;
}

/** Approves the plan of that digest; without one, shows the plan and the command that approves it. */
export async function approve(
  digest: string | undefined,
  { environment: named, note }: Named & { note?: string },
  context: CommandContext,
): Promise<ExitCode> {
  return decide(named, context, async (plan, environment, update) => {
    const { terminal, json } = context;
    if (digest !== undefined) {
      await update('approve', { digest, ...(note !== undefined && { note }) });
      terminal.progress(
        `approved ${digest}: the run goes on as soon as a worker runs (onex-bootstrap up -e ${environment})`,
      );
      return;
    }
    if (json) return terminal.line(JSON.stringify({ environment, ...plan }, null, 2));
    for (const change of plan.changes.first) terminal.line(`  ${change}`);
    const more = plan.changes.count - plan.changes.first.length;
    if (more > 0) terminal.line(`  and ${more} more: onex-bootstrap report -e ${environment}`);
    terminal.line(`To approve: onex-bootstrap approve -e ${environment} ${plan.digest}`);
    terminal.line(`To reject:  onex-bootstrap reject -e ${environment} --reason TEXT`);
  });
}

/** Rejects the plan that waits, which ends its run. */
export async function reject(
  { environment: named, reason }: Named & { reason: string },
  context: CommandContext,
): Promise<ExitCode> {
  return decide(named, context, async (plan, _environment, update) => {
    await update('reject', { reason });
    context.terminal.progress(`rejected ${plan.digest}: nothing of it is changed`);
  });
}

type Update = (name: string, argument: Approving | Rejecting) => Promise<void>;

/** Works with the plan that waits; BadInput where none does. Needs a worker, so it brings one. */
async function decide(
  named: string | undefined,
  context: CommandContext,
  work: (plan: PendingPlan, environment: string, update: Update) => Promise<void>,
): Promise<ExitCode> {
  const environment = await context.host.choose(named);
  const workflowId = bootstrapWorkflowId(environment);
  await withWorkers(context, { environment }, async ({ client }) => {
    const handle = client.workflow.getHandle(workflowId);
    const plan = await handle.query<PendingPlan | null>('pendingPlan').catch((error: unknown) => {
      if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) return null;
      throw error;
    });
    if (plan === null)
      throw badInput(
        `Nothing waits for an approval in ${environment}. To ask for one: onex-bootstrap up -e ${environment} --approve`,
      );
    await work(plan, environment, async (name, argument) => {
      try {
        await handle.executeUpdate(name, { args: [argument] });
      } catch (error) {
        const cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
        throw cause instanceof ApplicationFailure ? badInput(cause.message) : error;
      }
    });
  });
  return ExitCode.ok;
}
