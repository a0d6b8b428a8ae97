import { bootstrapWorkflowId } from '../../contracts/core/names';
import type { ServiceRow } from '../../contracts/run/summaries';
import { observeServices, troubleOf } from '../../environment/services';
import { InfisicalHttp } from '../../infisical/http';
import { InfisicalError } from '../../infisical/problem';
import { readStatus } from '../../infisical/server';
import type { Trust } from '../../infisical/trust';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { lastRun, type LastRun } from '../last-run';
import { openRunningSession } from '../session';

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
