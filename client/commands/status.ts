import { WorkflowNotFoundError, type Client, type WorkflowHandle } from '@temporalio/client';
import { MEMO, bootstrapWorkflowId } from '../../contracts/core/names';
import type { ServiceRow } from '../../contracts/run/summaries';
import { observeServices, troubleOf } from '../../environment/services';
import { installationOfRun } from '../../environment/namespace-owner';
import { InfisicalHttp } from '../../infisical/http';
import { InfisicalError } from '../../infisical/problem';
import { readStatus } from '../../infisical/server';
import type { Trust } from '../../infisical/trust';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { pendingReason } from '../pending-reason';
import { outcomeOf } from '../run-workflow';
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
  /** Why it ended as it did, and the code that `up` ended with; undefined while it is under way. */
  reason: string | undefined;
  exitCode: ExitCode | undefined;
}

/** What runs on this machine and how the last bootstrap ended or what it waits for. Changes nothing. */
export async function status(
  named: string | undefined,
  { host, config, terminal, json }: CommandContext,
): Promise<ExitCode> {
  const environment = await host.newest(await host.choose(named));
  const name = environment.environment;
  const { external } = environment;
  const services = external === undefined ? await observeServices(environment) : [];
  const absence = external === undefined ? undefined : await absenceOf(external, environment.trust);
  const trouble = external === undefined ? (await troubleOf(environment))?.message : undefined;
  const session = await openRunningSession(config);
  const own = session?.server.kind === 'configured' ? await host.installation() : undefined;
  const run =
    session === undefined ? undefined : await lastRun(session.client, bootstrapWorkflowId(name), own);
  await session?.client.connection.close();
  const up = external
    ? run?.outcome === 'complete' && absence === undefined
    : services.length > 0 && services.every(({ action }) => action === 'kept');
  const infisical = external === undefined ? {} : { infisical: { address: external, absence } };
  if (json)
    terminal.line(
      JSON.stringify({ environment: name, up, services, engine: trouble, ...infisical, run }, null, 2),
    );
  else print(services, run);
  if (absence !== undefined || trouble !== undefined) return ExitCode.missingPrerequisite;
  return up ? ExitCode.ok : ExitCode.stepFailed;

  function print(rows: ServiceRow[], last: LastRun | undefined) {
    for (const { name: service, address, reason } of rows) {
      terminal.line(`  ${service.padEnd(12)} ${(address ?? '').padEnd(22)} ${reason ?? ''}`);
    }
    if (trouble !== undefined) terminal.line(`  ${trouble}`);
    if (external) terminal.line(`  Infisical    ${external}  (${absence ?? 'something else runs it'})`);
    if (session === undefined)
      return terminal.line('  the embedded Temporal server is not running; onex-bootstrap up starts it');
    if (last === undefined) return terminal.line(`  no run of ${name} yet`);
    const { workflowId, status: state, outcome, startedBy, waitingFor, next, reason, exitCode } = last;
    const told = [state, ...(outcome === undefined || outcome === state ? [] : [outcome])];
    terminal.line(`  ${workflowId}: ${told.join(', ')}${exitCode ? ` (exit code ${exitCode})` : ''}`);
    if (reason !== undefined) terminal.line(`  ${reason}`);
    if (startedBy !== undefined) terminal.line(`  started by ${startedBy}`);
    if (waitingFor !== undefined) terminal.line(`  waiting: ${waitingFor}`);
    else if (next) terminal.line(`  ${next}`);
  }
}

/** Why an Infisical that something else runs does not answer; undefined where it does. */
async function absenceOf(address: string, trust: Trust): Promise<string | undefined> {
  return readStatus(new InfisicalHttp(address, trust)).then(
    (found) => (found.state === 'ready' ? undefined : found.reason),
    (error: unknown) => (error instanceof InfisicalError ? error.message : 'no answer'),
  );
}

/** Undefined also where another installation than `own` has the environment in that namespace. */
async function lastRun(
  client: Client,
  workflowId: string,
  own: string | undefined,
): Promise<LastRun | undefined> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const described = await handle.describe();
    const { status: state, startTime, closeTime, searchAttributes, memo } = described;
    const owner = own === undefined ? undefined : installationOfRun(described);
    if (owner !== undefined && owner !== own) return undefined;
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
      ...(await endOf(handle, state.name)),
    };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

async function endOf(handle: WorkflowHandle, state: string) {
  if (state === 'RUNNING') return { reason: undefined, exitCode: undefined };
  const run = await outcomeOf(handle, handle.result());
  if (run.ended === 'completed') return { reason: undefined, exitCode: ExitCode.ok };
  if (run.ended === 'partial') return { reason: run.message, exitCode: ExitCode.partial };
  return { reason: run.message, exitCode: run.code };
}

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
