import type { ServiceRow } from '../../contracts/run/summaries';
import { daysSince } from '../../activities/checks/access';
import { lastDrill } from '../../environment/backup/drill';
import { lastBackup } from '../../environment/backup/make-backup';
import type { Environment } from '../../environment/environment';
import { readRotations } from '../../environment/files/rotations';
import { observeServices, troubleOf } from '../../environment/services';
import { readWatchState } from '../../environment/watch-state';
import { clientSecretAges } from '../../infisical/access/identities';
import { InfisicalHttp } from '../../infisical/http';
import { absenceOf } from '../../infisical/server';
import { readHosts } from '../../environment/hosts/records';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { lastRun, type LastRun } from '../last-run';
import { openRunningSession } from '../session';

const MOST_DRIFTS = 5;

/** What runs on this machine and how the last bootstrap ended or what it waits for. Changes nothing. */
export async function status(
  named: string | undefined,
  { host, config, terminal, json }: CommandContext,
): Promise<ExitCode> {
  const environment = await host.newest(await host.choose(named));
  const name = environment.environment;
  const { external } = environment;
  const { hasStack } = environment;
  const lookAtRun = async () => {
    const session = await openRunningSession(config);
    if (session === undefined) return { session, run: undefined };
    const own = session.server.kind === 'configured' ? await host.installation() : undefined;
    const run = await lastRun(session.client, environment.lock, own);
    await session.client.connection.close();
    return { session, run };
  };
  const [{ session, run }, services, trouble, absence, care] = await Promise.all([
    lookAtRun(),
    hasStack ? observeServices(environment) : [],
    hasStack ? troubleOf(environment).then((found) => found?.message) : undefined,
    external === undefined
      ? undefined
      : absenceOf(new InfisicalHttp(external, environment.trust)).catch(() => 'no answer'),
    careOf(environment),
  ]);
  const up = external
    ? ['complete', 'in step'].includes(run?.outcome ?? '') && absence === undefined
    : services.length > 0 && services.every(({ action }) => action === 'kept');
  const infisical = external === undefined ? {} : { infisical: { address: external, absence } };
  if (json)
    terminal.line(
      JSON.stringify(
        { environment: name, up, services, engine: trouble, ...infisical, run, ...care },
        null,
        2,
      ),
    );
  else print(services, run);
  if (absence !== undefined || trouble !== undefined) return ExitCode.missingPrerequisite;
  return up ? ExitCode.ok : ExitCode.stepFailed;

  function print(rows: ServiceRow[], last: LastRun | undefined) {
    printRun(rows, last);
    const { watch, backup, drill, rotations, identities, hosts } = care;
    const line = (what: string, said: string) => terminal.line(`  ${what.padEnd(12)} ${said}`);
    if (watch !== undefined)
      line(
        'last watch',
        `${watch.outcome}, ${watch.at}${watch.drifts.map((drift) => `\n    ${drift}`).join('')}`,
      );
    for (const { name: identity, madeAt } of identities)
      line(
        'identity',
        `${identity}, client secret ${madeAt === undefined ? 'of unknown age' : daysSince(Date.parse(madeAt))}`,
      );
    for (const { name: credential, at } of rotations.ended) line('rotated', `${credential}, ${at}`);
    for (const credential of rotations.open)
      line('rotating', `${credential}: begun, and the old one not ended; the same rotate goes on`);
    if (backup !== undefined) line('last backup', `${backup.made}, ${backup.file}`);
    for (const { name: of, accepted, asks, last: end } of hosts) {
      const state = accepted === undefined ? 'waits to be accepted' : (end?.outcome ?? 'not served yet');
      const at = end === undefined ? '' : `, ${end.at}`;
      line('host', `${of}: ${state}${at}${accepted && asks ? ', asks to be another' : ''}`);
    }
    if (drill !== undefined) line('last drill', `${drill.ok ? 'done' : 'failed'}, ${drill.at}`);
  }

  function printRun(rows: ServiceRow[], last: LastRun | undefined) {
    for (const { name: service, address, reason } of rows) {
      terminal.line(`  ${service.padEnd(12)} ${(address ?? '').padEnd(22)} ${reason ?? ''}`);
    }
    if (trouble !== undefined) terminal.line(`  ${trouble}`);
    if (external) terminal.line(`  Infisical    ${external}  (${absence ?? 'something else runs it'})`);
    if (session === undefined)
      return terminal.line(
        `  the embedded Temporal server is not running; onex-bootstrap up -e ${name} starts it`,
      );
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

/** What was done for the environment since it was brought up, as this host noted it. */
async function careOf(environment: Environment) {
  const { stateDir } = environment;
  const [{ last, accepted }, backup, drill, rotations, secrets, hosts] = await Promise.all([
    readWatchState(stateDir),
    lastBackup(stateDir),
    lastDrill(stateDir),
    readRotations(stateDir),
    clientSecretAges(environment),
    readHosts(stateDir),
  ]);
  const known = new Set(accepted.map(({ digest }) => digest));
  const drifts = (last?.findings ?? [])
    .flatMap((finding) => (finding.state === 'drifted' ? finding.drifts : []))
    .filter(({ digest }) => !known.has(digest))
    .map(({ kind, name, is }) => `${kind} ${name}: ${is}`);
  const watch = last && {
    outcome: last.outcome,
    at: last.at,
    drifts: drifts.slice(0, MOST_DRIFTS),
  };
  const ended = Object.entries(rotations.rotated).map(([credential, at]) => ({
    name: credential,
    at: new Date(at).toISOString(),
  }));
  const identities = secrets.map(({ name, made }) => ({
    name,
    ...(made !== undefined && {
      madeAt: new Date(made.at).toISOString(),
      rotateBy: new Date(made.due).toISOString(),
    }),
  }));
  return { watch, backup, drill, identities, hosts, rotations: { open: rotations.pending, ended } };
}
