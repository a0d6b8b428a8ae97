import { lookupQueue } from '../../contracts/core/names';
import { release } from 'node:os';
import { resolve } from 'node:path';
import type { Finding } from '../../contracts/run/drift';
import { backups } from '../../activities/checks/backups';
import { hostChecks } from '../../activities/checks/hosts';
import { ages, certificate, identities, infisical } from '../../activities/checks/access';
import { findingsOf, fine, Unseen, type Check, type Look } from '../../activities/checks/check';
import { declaredFiles, engine, services, stateDirectory } from '../../activities/checks/machine';
import { knownNodeFiles } from '../../activities/checks/secrets';
import type { Environment } from '../../environment/environment';
import { lastDrill } from '../../environment/backup/drill';
import { lastBackup } from '../../environment/backup/make-backup';
import { writeFileAtomic } from '../../environment/files/atomic';
import { readRotations } from '../../environment/files/rotations';
import { readWatchState } from '../../environment/watch-state';
import { hasEnded } from '../../environment/process-identity';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { lastRun } from '../last-run';
import { openRunningSession } from '../session';

const DEADLINE_MS = 2_500; // what is down must not hold up the rest
const ACTIVITIES = 2; // temporal.api.enums.v1.TaskQueueType

/** Looks at everything that an environment stands on, all at once; changes nothing. Code 1 where something is not well. */
export async function doctor(
  { environment: named, bundle }: { environment?: string; bundle?: string },
  context: CommandContext,
): Promise<ExitCode> {
  const { host, terminal, json } = context;
  const environment = await host.newest(await host.choose(named));
  const up = `onex-bootstrap up -e ${environment.environment}`;
  const isTls = environment.external?.startsWith('https:') === true;
  const checks: Record<string, Check> = {
    'state directory': () => stateDirectory(environment),
    files: () => declaredFiles(environment),
    ...(environment.hasStack && {
      engine: () => engine(environment),
      services: () => services(environment),
    }),
    temporal: () => temporal(context, environment),
    'last run': () => runOf(context, environment),
    infisical: () => infisical(environment),
    ...(isTls && { certificate: () => certificate(environment) }),
    identities: () => identities(environment),
    ages: () => ages(environment),
    'node files': () => knownNodeFiles(environment),
    backups: () => backups(environment),
    ...(await hostChecks(environment)),
  };
  const key = await environment.key();
  const seen = await findingsOf(checks, { key, deadlineMs: DEADLINE_MS });
  const findings = seen.map((finding) => {
    const { check, state, what } = finding;
    return state === 'fine'
      ? { check, ok: true, what }
      : { check, ok: false, what, mend: mendOf(finding) ?? up };
  });
  const isWell = findings.every(({ ok }) => ok);
  if (bundle !== undefined) await writeBundle(bundle, environment, findings, context);
  if (json)
    terminal.line(JSON.stringify({ environment: environment.environment, ok: isWell, findings }, null, 2));
  else
    for (const { check, ok, what, mend } of findings) {
      const mark = ok ? terminal.paint('green', '✔') : terminal.paint('red', '✘');
      terminal.line(`${mark} ${check.padEnd(16)} ${what}`);
      if (mend !== undefined) terminal.line(`  ${''.padEnd(16)} to mend it: ${mend}`);
    }
  return isWell ? ExitCode.ok : ExitCode.stepFailed;
}

/** What support needs, in one file that only its owner reads: names, counts and paths, no value and nobody else's words. */
async function writeBundle(
  file: string,
  environment: Environment,
  findings: readonly object[],
  { config, terminal }: CommandContext,
): Promise<void> {
  const { declaration, reports, stateDir } = environment;
  const path = resolve(config.workingDir, file);
  const [report, watch, backup, drill, rotations] = await Promise.all([
    reports.read(),
    readWatchState(stateDir),
    lastBackup(stateDir),
    lastDrill(stateDir),
    readRotations(stateDir),
  ]);
  const machine = { node: process.version, platform: process.platform, release: release() };
  const kept = { declaration, report, watch, backup, drill, rotations };
  const content = { version: 1, made: new Date().toISOString(), machine, findings, ...kept };
  await writeFileAtomic(path, `${JSON.stringify(content, null, 2)}\n`);
  terminal.progress(`wrote ${path}: names, counts and paths; look at it before you send it`);
}

function mendOf(finding: Finding): string | undefined {
  if (finding.state === 'fine') return undefined;
  return finding.state === 'unobserved' ? finding.mend : finding.drifts[0]?.mend;
}

/** The server, and who works on the environment's queue there; no worker at all is well: `up` brings its own. */
async function temporal({ config, host }: CommandContext, { environment }: Environment): Promise<Look> {
  const session = await openRunningSession(config);
  if (session === undefined) throw new Unseen('the embedded Temporal server does not run');
  const { client, server } = session;
  try {
    const { namespace } = client.options;
    const { config: kept } = await client.workflowService.describeNamespace({ namespace });
    const queues = [await host.queueOf(environment), lookupQueue(environment)];
    const asked = queues.map((name) =>
      client.workflowService.describeTaskQueue({ namespace, taskQueue: { name }, taskQueueType: ACTIVITIES }),
    );
    const identities = (await Promise.all(asked)).flatMap(({ pollers }) => pollers ?? []);
    const workers = new Set(identities.map(({ identity }) => identity ?? '').filter((one) => !hasEnded(one)));
    const days = Number(kept?.workflowExecutionRetentionTtl?.seconds ?? 0) / 86_400;
    const address = server.connect.connectionOptions.address ?? '';
    return fine(
      `${address}, namespace ${namespace}, remembers ended runs for ${days} days, ${workers.size} workers`,
    );
  } finally {
    await client.connection.close();
  }
}

async function runOf({ config, host }: CommandContext, { lock }: Environment): Promise<Look> {
  const session = await openRunningSession(config);
  if (session === undefined) return fine('not known: the embedded Temporal server does not run');
  try {
    const own = session.server.kind === 'configured' ? await host.installation() : undefined;
    const run = await lastRun(session.client, lock, own);
    if (run === undefined) throw new Unseen('none yet');
    const { status, outcome, started, waitingFor, reason, exitCode } = run;
    if (exitCode)
      throw new Unseen(`${outcome ?? status} (exit code ${exitCode}), begun ${started}: ${reason}`);
    return fine(
      `${outcome ?? status}, begun ${started}${waitingFor === undefined ? '' : `, waits for ${waitingFor}`}`,
    );
  } finally {
    await session.client.connection.close();
  }
}
