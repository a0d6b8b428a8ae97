import { stat, statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootstrapWorkflowId, lookupQueue } from '../../contracts/core/names';
import { checkClock, infisicalClock } from '../../environment/clocks';
import type { Environment } from '../../environment/environment';
import { ifThere } from '../../environment/files/system';
import { assertWritable } from '../../environment/files/writable';
import { hasNodeFile } from '../../environment/node-files';
import { hasEnded } from '../../environment/process-identity';
import { observeServices, troubleOf } from '../../environment/services';
import { openStore } from '../../infisical/access/access';
import { pendingIdentities } from '../../infisical/access/identities';
import { InfisicalHttp } from '../../infisical/http';
import { readIdentityState } from '../../infisical/identity/state';
import { means } from '../../infisical/problem';
import { generationName, readInstance, readStatus } from '../../infisical/server';
import { readEngineFacts } from '../../stack/engine/connect-engine';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { lastRun } from '../last-run';
import { openRunningSession } from '../session';

/** What one check found: that all is well, or what is not, why, and the command that mends it. */
type Finding = { check: string } & ({ ok: true; what: string } | { ok: false; what: string; mend: string });

const AWAY = 'start that Infisical, or look into its log';
const DEADLINE_MS = 2_500; // what is down must not hold up the rest
const MIB = 1024 * 1024;
const LEAST_MIB = 512;
const MOST_NAMED = 5;
const ACTIVITIES = 2; // temporal.api.enums.v1.TaskQueueType

/** Looks at everything that an environment stands on, all at once; changes nothing. Code 1 where something is not well. */
export async function doctor(
  { environment: named }: { environment?: string },
  context: CommandContext,
): Promise<ExitCode> {
  const { host, terminal, json } = context;
  const environment = await host.newest(await host.choose(named));
  const up = `onex-bootstrap up -e ${environment.environment}`;
  const mendOf = (error: unknown) => {
    if (error instanceof Unwell) return error.mend;
    const isAway = means(error, 'outage') && environment.external !== undefined;
    return isAway ? AWAY : undefined;
  };
  const checks: Record<string, () => Promise<string>> = {
    'state directory': () => stateDirectory(environment),
    files: () => declaredFiles(environment),
    ...(environment.external === undefined && {
      engine: () => engine(environment),
      services: () => services(environment),
    }),
    temporal: () => temporal(context, environment),
    'last run': () => runOf(context, environment),
    infisical: () => infisical(environment),
    identities: () => identities(environment),
    'node files': () => nodeFiles(environment),
  };
  const findings = await Promise.all(
    Object.entries(checks).map(async ([check, work]): Promise<Finding> => {
      try {
        return { check, ok: true, what: await within(work()) };
      } catch (error) {
        const what = error instanceof Error ? error.message : String(error);
        return { check, ok: false, what, mend: mendOf(error) ?? up };
      }
    }),
  );
  const isWell = findings.every(({ ok }) => ok);
  if (json)
    terminal.line(JSON.stringify({ environment: environment.environment, ok: isWell, findings }, null, 2));
  else
    for (const finding of findings) {
      const mark = finding.ok ? terminal.paint('green', '✔') : terminal.paint('red', '✘');
      terminal.line(`${mark} ${finding.check.padEnd(16)} ${finding.what}`);
      if (!finding.ok) terminal.line(`  ${''.padEnd(16)} to mend it: ${finding.mend}`);
    }
  return isWell ? ExitCode.ok : ExitCode.stepFailed;
}

/** Something that `mend` puts right; what is not told otherwise is put right by `up`. */
class Unwell extends Error {
  constructor(
    what: string,
    readonly mend: string,
  ) {
    super(what);
  }
}

async function within<T>(work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = sleep(DEADLINE_MS, undefined, { signal: over.signal }).then(() => {
    throw new Unwell(`no answer within ${DEADLINE_MS / 1000} s`, 'look whether it runs, then ask again');
  });
  return Promise.race([work, late]).finally(() => {
    late.catch(() => undefined);
    over.abort();
  });
}

async function stateDirectory({ stateDir }: Environment): Promise<string> {
  await assertWritable(stateDir);
  const { bavail, bsize } = await statfs(stateDir);
  const free = Math.floor((bavail * bsize) / MIB);
  if (free < LEAST_MIB)
    throw new Unwell(
      `${stateDir}: ${free} MiB free, ${LEAST_MIB} are too few to be safe`,
      'free some space there',
    );
  return `${stateDir}, ${free} MiB free`;
}

async function declaredFiles({ declaration, environment }: Environment): Promise<string> {
  const { contracts, registry, overlay, values, infrastructure, infisicalCa } = declaration;
  const stack =
    infrastructure.kind === 'stack' ? [infrastructure.file, ...(infrastructure.envFiles ?? [])] : [];
  const named = [...contracts, registry, overlay, ...values.map(({ path }) => path), ...stack, infisicalCa];
  const files = named.filter((file) => file !== undefined);
  const found = await Promise.all(files.map((file) => ifThere(stat(file))));
  const gone = files.filter((_, index) => found[index] === undefined);
  if (gone.length === 0) return `${files.length} declared, all there`;
  throw new Unwell(
    `declared, and not there: ${gone.join(', ')}`,
    `bring back what is missing, or declare others: onex-bootstrap declare -e ${environment} --help`,
  );
}

async function engine(environment: Environment): Promise<string> {
  const trouble = await troubleOf(environment);
  if (trouble !== undefined) throw new Unwell(trouble.message, 'as it says');
  const facts = await readEngineFacts(environment.engine());
  if (facts === undefined) throw new Error('no Docker Engine runs');
  const [problem] = checkClock(facts.clock);
  if (problem !== undefined) throw new Unwell(problem.message, 'as it says');
  return `answers${facts.dataRoot === undefined ? '' : `, its data is in ${facts.dataRoot}`}`;
}

async function services(environment: Environment): Promise<string> {
  const rows = await observeServices(environment);
  const unwell = rows.filter(({ action }) => action !== 'kept');
  if (unwell.length === 0) return `${rows.map(({ name }) => name).join(', ')} run as declared`;
  throw new Error(unwell.map(({ name, reason }) => `${name}: ${reason}`).join('; '));
}

/** The server, and who works on the environment's queue there; no worker at all is well: `up` brings its own. */
async function temporal({ config, host }: CommandContext, { environment }: Environment): Promise<string> {
  const session = await openRunningSession(config);
  if (session === undefined) throw new Error('the embedded Temporal server does not run');
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
    return `${address}, namespace ${namespace}, remembers ended runs for ${days} days, ${workers.size} workers`;
  } finally {
    await client.connection.close();
  }
}

async function runOf({ config, host }: CommandContext, { environment }: Environment): Promise<string> {
  const session = await openRunningSession(config);
  if (session === undefined) return 'not known: the embedded Temporal server does not run';
  try {
    const own = session.server.kind === 'configured' ? await host.installation() : undefined;
    const run = await lastRun(session.client, bootstrapWorkflowId(environment), own);
    if (run === undefined) throw new Error('none yet');
    const { status, outcome, started, waitingFor, reason, exitCode } = run;
    if (exitCode)
      throw new Error(`${outcome ?? status} (exit code ${exitCode}), begun ${started}: ${reason}`);
    return `${outcome ?? status}, begun ${started}${waitingFor === undefined ? '' : `, waits for ${waitingFor}`}`;
  } finally {
    await session.client.connection.close();
  }
}

async function infisical(environment: Environment): Promise<string> {
  const address = await environment.infisicalAddress();
  const http = new InfisicalHttp(address, environment.trust);
  const status = await readStatus(http);
  if (status.state === 'starting') {
    if (environment.external === undefined) throw new Error(status.reason);
    throw new Unwell(status.reason, AWAY);
  }
  const [{ initialized, allowSignUp }, generation, clock] = await Promise.all([
    readInstance(http),
    generationName(http),
    infisicalClock(address),
  ]);
  if (!initialized) throw new Error(`${address} was never set up: whoever reaches it can`);
  const [problem] = clock === undefined ? [] : checkClock(clock);
  if (problem !== undefined) throw new Unwell(problem.message, 'as it says');
  return `${address} (${generation})${allowSignUp ? ', anybody may sign up' : ''}`;
}

/** Both log in; what is declared is in force. */
async function identities(environment: Environment): Promise<string> {
  const pending = await pendingIdentities(environment);
  if (pending.length > 0) throw new Error(`not as declared: ${pending.join(', ')}`);
  for (const role of ['runtime', 'seeder'] as const)
    if ((await openStore(environment, role)) === undefined) throw new Error(`no ${role} identity yet`);
  const stored = Object.values((await readIdentityState(environment.stateDir))?.identities ?? {});
  const wide = stored.some(({ reach }) => reach === 'project') ? ', see all environments of the project' : '';
  return `${stored.length === 0 ? 'a given one logs' : `${stored.length} log`} in${wide}`;
}

/** The files of the nodes that the last run configured. */
async function nodeFiles({ nodesDir, reports }: Environment): Promise<string> {
  const { nodes = [] } = (await reports.read()) ?? {};
  const configured = nodes.filter(({ file }) => file !== 'withheld').map(({ node }) => node);
  const gone = configured.filter((node) => !hasNodeFile(nodesDir, node));
  if (gone.length === 0) return `${nodesDir}, ${configured.length} by the last run`;
  const more = gone.length > MOST_NAMED ? ` and ${gone.length - MOST_NAMED} more` : '';
  throw new Error(
    `${nodesDir} lacks the files of ${gone.slice(0, MOST_NAMED).join(', ')}${more} (a restart of the machine empties a tmpfs)`,
  );
}
