import { badInput } from '../../contracts/core/failures';
import { bootstrapWorkflowId } from '../../contracts/core/names';
import { present } from '../../contracts/core/record';
import type { Claims } from '../../contracts/run/hosts';
import { NO_HOSTS, type HostsSummary } from '../../contracts/run/summaries';
import { claimsDigest, fingerprint, homePublicKey } from '../../environment/hosts/keys';
import * as records from '../../environment/hosts/records';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { openRunningSession } from '../session';
import { runToEnd } from '../writer-run';

interface HostsFlags {
  environment?: string;
  forget?: boolean;
  /** Seconds. */
  wait?: number;
}

/** Every host of the environment: what it is, whether it may be that, and how it was served last. */
export async function listHosts(
  { environment: named }: HostsFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { terminal, json } = context;
  const { environment, stateDir } = await atHome(named, context);
  const hosts = await records.readHosts(stateDir);
  const homeKey = fingerprint(await homePublicKey(stateDir));
  if (json) {
    terminal.line(JSON.stringify({ environment, homeKey, hosts }, null, 2));
    return ExitCode.ok;
  }
  terminal.line(`  home key  ${homeKey}`);
  for (const record of hosts) {
    const claims = record.accepted ?? record.asks;
    const { last } = record;
    const end = last === undefined ? 'not served yet' : `${last.outcome} at ${last.at}`;
    terminal.line(`  ${record.name}  ${stateOf(record)}  ${end}`);
    if (claims !== undefined) terminal.line(`    ${claimsInWords(claims)}`);
    if (record.accepted !== undefined && record.asks !== undefined)
      terminal.line(`    asks to be instead: ${claimsInWords(record.asks)}`);
  }
  if (hosts.length === 0)
    terminal.line(
      `No host has joined. To have one do so, on that host, with its contracts: onex-bootstrap join contracts -e ${environment} --infisical URL (docs/hosts.md)`,
    );
  for (const { name, asks } of hosts)
    if (asks !== undefined)
      terminal.line(
        `To accept ${name}: onex-bootstrap hosts accept ${name} ${claimsDigest(asks)} -e ${environment}`,
      );
  return ExitCode.ok;
}

function stateOf({ accepted, removed }: records.HostRecord): string {
  if (removed === true) return 'removed, to be told so';
  return accepted === undefined ? 'waits to be accepted' : 'accepted';
}

/** `SHA256:… of edge-1-0a1b2c, machine class edge, runs billing`. */
export function claimsInWords({ recipient, installation, machineClass, serves }: Claims): string {
  const runs = serves === undefined ? 'every node' : [...serves.services, ...serves.nodes].join(', ');
  const of = machineClass === undefined ? '' : `, machine class ${machineClass}`;
  return `${fingerprint(recipient)} of ${installation}${of}, runs ${runs}`;
}

/** Accepts what a host asks, and serves it. */
export async function acceptHost(
  [name, digest]: [string, string],
  flags: HostsFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const home = await atHome(flags.environment, context);
  const { environment, stateDir } = home;
  const classes = async () => (await home.overlaysOfHosts()).map(({ machineClass }) => machineClass);
  const before = await classes();
  await records.acceptHost(stateDir, name, digest);
  const { accepted } = await records.knownHost(stateDir, name);
  context.terminal.progress(`${name} accepted: ${accepted === undefined ? '' : claimsInWords(accepted)}`);
  const code = await serveHosts([name], flags, context);
  const added = (await classes()).find((machineClass) => !before.includes(machineClass));
  if (added !== undefined)
    context.terminal.progress(
      `${added} is a new machine class here: its own values are seeded, and reach ${name}, with the next run: onex-bootstrap up -e ${environment}`,
    );
  return code;
}

/** Ends what a host may do, and tells it; one that is not known here is removed already. */
export async function removeHost(
  name: string,
  flags: HostsFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { environment, stateDir } = await atHome(flags.environment, context);
  const before = await records.readHost(stateDir, name);
  if (before !== undefined) await records.removeHost(stateDir, name, flags.forget === true);
  const isLeaving = (await records.readHost(stateDir, name)) !== undefined;
  // an earlier command may have been killed when only the end of its run was left
  if (isLeaving || (before === undefined && (await isUnderWay(environment, context))))
    return serveHosts([name], flags, context, async () =>
      (await records.readHost(stateDir, name)) === undefined
        ? `✔ ${environment}: ${name} is removed; the run before this one did it`
        : undefined,
    );
  if (context.json) context.terminal.line(JSON.stringify({ ...NO_HOSTS, outcome: 'complete' }, null, 2));
  context.terminal.progress(
    before === undefined
      ? `✔ ${environment}: no host ${name} has joined or asks to. Those that have: ${await records.hostsSaid(stateDir)}`
      : `✔ ${environment}: ${name} asks no more`,
  );
  return ExitCode.ok;
}

async function isUnderWay(environment: string, { config }: CommandContext): Promise<boolean> {
  const session = await openRunningSession(config);
  const run = session?.client.workflow.getHandle(bootstrapWorkflowId(environment));
  try {
    return (await run?.describe())?.status.name === 'RUNNING';
  } catch {
    return false; // it has none, or does not answer: there is nothing to do for this host
  } finally {
    await session?.client.connection.close();
  }
}

/** Has hosts do their shares; one that is away or failed makes the command end as a partial run does. */
export async function serveHosts(
  names: string[],
  { environment: named, wait: waitForHosts }: HostsFlags,
  context: CommandContext,
  done?: () => Promise<string | undefined>,
): Promise<ExitCode> {
  const { host, terminal, json } = context;
  const { environment, digest } = await atHome(named, context);
  const call = {
    type: 'serveHosts',
    workflowId: bootstrapWorkflowId(environment),
    taskQueue: await host.queueOf(environment),
    input: { environment, ...present({ hosts: names.length === 0 ? undefined : names, waitForHosts }) },
    declaration: digest,
    summary: `serve the hosts of ${environment}`,
  } as const;
  return runToEnd<HostsSummary>(call, context, { environment, ...present({ done }) }, ({ ended, result }) => {
    if (json) terminal.line(JSON.stringify(result, null, 2));
    else {
      for (const change of result.changes.first) terminal.line(`  ${change}`);
      for (const line of result.trouble.first) terminal.line(`✘ ${line}`);
    }
    terminal.progress(
      `${ended === 'partial' ? '✘' : '✔'} ${environment}: ${result.served} of ${result.hosts} served`,
    );
    return ended === 'partial' ? ExitCode.partial : ExitCode.ok;
  });
}

async function atHome(named: string | undefined, { host }: CommandContext) {
  const environment = await host.newest(await host.choose(named));
  if (environment.joined === undefined) return environment;
  throw badInput(
    `${environment.environment} has its home at ${environment.joined.home}: its hosts are accepted and removed there.`,
  );
}
