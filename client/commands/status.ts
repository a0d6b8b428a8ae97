import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { MEMO, bootstrapWorkflowId } from '../../contracts/core/names';
import type { ServiceRow } from '../../contracts/run/summaries';
import { observeServices } from '../../environment/services';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { pendingReason } from '../pending-reason';
import { openRunningSession } from '../session';

interface LastRun {
  workflowId: string;
  status: string;
  started: string;
  closed: string | undefined;
  outcome: string | undefined;
  startedBy: string | undefined;
  waitingFor: string | undefined;
  next: string | undefined;
}

/** What runs on this machine and how the last bootstrap ended or what it waits for. Changes nothing. */
export async function status(
  named: string | undefined,
  { host, config, terminal, json }: CommandContext,
): Promise<ExitCode> {
  const environment = await host.newest(await host.choose(named));
  const name = environment.environment;
  const services = environment.external === undefined ? await observeServices(environment) : [];
  const session = await openRunningSession(config);
  const run = session === undefined ? undefined : await lastRun(session.client, bootstrapWorkflowId(name));
  await session?.client.connection.close();
  const isExternal = environment.external !== undefined;
  const up = isExternal
    ? run?.outcome === 'complete'
    : services.length > 0 && services.every(({ action }) => action === 'kept');
  if (json) terminal.line(JSON.stringify({ environment: name, up, services, run }, null, 2));
  else print(services, run);
  return up ? ExitCode.ok : ExitCode.stepFailed;

  function print(rows: ServiceRow[], last: LastRun | undefined) {
    for (const { name: service, address, reason } of rows) {
      terminal.line(`  ${service.padEnd(12)} ${(address ?? '').padEnd(22)} ${reason ?? ''}`);
    }
    if (isExternal) terminal.line(`  Infisical    ${environment.external}  (something else runs it)`);
    if (session === undefined)
      return terminal.line('  the embedded Temporal server is not running; onex-bootstrap up starts it');
    if (last === undefined) return terminal.line(`  no run of ${name} yet`);
    const { workflowId, status: state, outcome, startedBy, waitingFor, next } = last;
    terminal.line(`  ${workflowId}: ${state}${outcome === undefined ? '' : `, ${outcome}`}`);
    if (startedBy !== undefined) terminal.line(`  started by ${startedBy}`);
    if (waitingFor !== undefined) terminal.line(`  waiting: ${waitingFor}`);
    else if (next) terminal.line(`  ${next}`);
  }
}

async function lastRun(client: Client, workflowId: string): Promise<LastRun | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status: state, startTime, closeTime, searchAttributes, memo } = await handle.describe();
    const outcome = searchAttributes['BootstrapOutcome']?.[0];
    return {
      workflowId,
      status: state.name.toLowerCase(),
      started: startTime.toISOString(),
      closed: closeTime?.toISOString(),
      outcome: text(outcome),
      startedBy: text(memo?.[MEMO.startedBy]),
      waitingFor:
        state.name === 'RUNNING'
          ? ((await pendingReason(handle)) ?? text(memo?.[MEMO.waitingFor]))
          : undefined,
      next: text(memo?.[MEMO.next]),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
