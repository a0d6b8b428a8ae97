import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { bootstrapWorkflowId } from '../../contracts/core/names';
import { observeServices } from '../../activities/stack/observe-services';
import type { ServiceRow } from '../../contracts/report/service-row';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { localSettings } from '../local-settings';
import { pendingReason } from '../pending-reason';
import { openRunningSession } from '../session';

interface LastRun {
  workflowId: string;
  status: string;
  started: string;
  closed: string | undefined;
  outcome: string | undefined;
  waitingFor: string | undefined;
}

/** What runs on this machine and how the last bootstrap ended or what it waits for. Changes nothing. */
export async function status(
  { environment }: { environment?: string },
  { config, terminal, json }: CommandContext,
): Promise<ExitCode> {
  const settings = await localSettings(config, environment);
  const services = await observeServices(settings, config);
  const session = await openRunningSession(config);
  const run =
    session === undefined
      ? undefined
      : await lastRun(session.client, bootstrapWorkflowId(settings.environment));
  await session?.client.connection.close();
  const up = services.length > 0 && services.every(({ action }) => action === 'kept');
  if (json) terminal.line(JSON.stringify({ environment: settings.environment, up, services, run }, null, 2));
  else print(services, run, settings.environment);
  return up ? ExitCode.ok : ExitCode.stepFailed;

  function print(rows: ServiceRow[], last: LastRun | undefined, name: string) {
    for (const { name: service, address, reason } of rows) {
      terminal.line(`  ${service.padEnd(12)} ${(address ?? '').padEnd(18)} ${reason ?? ''}`);
    }
    if (session === undefined)
      return terminal.line('  the embedded Temporal server does not run: up starts it');
    if (last === undefined) return terminal.line(`  no bootstrap of ${name} so far`);
    terminal.line(
      `  ${last.workflowId}: ${last.status}${last.outcome === undefined ? '' : `, ${last.outcome}`}`,
    );
    if (last.waitingFor !== undefined) terminal.line(`  waiting: ${last.waitingFor}`);
  }
}

async function lastRun(client: Client, workflowId: string): Promise<LastRun | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status: state, startTime, closeTime, searchAttributes } = await handle.describe();
    const outcome = searchAttributes['BootstrapOutcome']?.[0];
    return {
      workflowId,
      status: state.name.toLowerCase(),
      started: startTime.toISOString(),
      closed: closeTime?.toISOString(),
      outcome: typeof outcome === 'string' ? outcome : undefined,
      waitingFor: state.name === 'RUNNING' ? await pendingReason(handle) : undefined,
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
