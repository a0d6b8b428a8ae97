import type { Client, WorkflowHandle } from '@temporalio/client';
import { TimeoutFailure, WorkflowFailedError } from '@temporalio/client';
import { badInput, missingPrerequisite, refused } from '../../contracts/core/failures';
import { environmentQueue, hostWorkflowId, SLUG } from '../../contracts/core/names';
import { present } from '../../contracts/core/record';
import { someOf } from '../../contracts/core/some-of';
import type { Admission, Claims, Serves } from '../../contracts/run/hosts';
import type { DeclaredOptions } from '../../environment/declaration';
import type { Environment } from '../../environment/environment';
import { claimsDigest, fingerprint, hostKey, pinHomeKey } from '../../environment/hosts/keys';
import { ownerOf } from '../../environment/namespace-owner';
import { heldCredential } from '../../infisical/access/hosts';
import type { HostShare } from '../../workflows/serve-host';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { environmentToDeclare } from '../options';
import { outcomeOf } from '../run-workflow';
import { openRunningSession, type Session } from '../session';
import type { Terminal } from '../terminal';
import { runToEnd } from '../writer-run';
import { declareFor } from './declare';

interface JoinFlags {
  environment?: string;
  name?: string;
  reset?: boolean;
  moved?: boolean;
}

const ANSWER_WITHIN = '30s'; // a worker of the home answers in milliseconds
const TASK_TIMEOUT = '5s';

/**
 * Declares what this host runs of an environment of another one, and asks its home to admit it. Once it holds an identity,
 * the same command serves it: its nodes' configuration, and the services that run them.
 */
export async function join(
  options: DeclaredOptions,
  flags: JoinFlags,
  context: CommandContext,
): Promise<ExitCode> {
  const { host, terminal, json } = context;
  const environment = await environmentToDeclare(host, flags.environment);
  const session = await openRunningSession(host.configuration);
  if (session === undefined || session.server.kind === 'embedded')
    throw badInput(
      'A host joins at the Temporal server of the home, and none is named here: set TEMPORAL_ADDRESS (docs/hosts.md).',
    );
  const { claims, admission } = await ask(environment, options, flags, session, context).finally(() =>
    session.client.connection.close(),
  );
  const stateDir = host.stateDirOf(environment);
  await pinHomeKey(stateDir, admission.homeKey);
  const keys = { host: fingerprint(claims.recipient), home: fingerprint(admission.homeKey) };
  if (json && admission.state === 'asking')
    terminal.line(JSON.stringify({ environment, ...admission, keys }, null, 2));
  terminal.progress(`this host’s key  ${keys.host}`);
  terminal.progress(`the home’s key   ${keys.home}`);
  if (admission.state === 'asking') {
    terminal.progress(
      `${claims.name} waits to be accepted. At the home, whose key is the one above: onex-bootstrap hosts accept ${claims.name} ${claimsDigest(claims)} -e ${environment}`,
    );
    terminal.progress('It is served then while a worker runs here: onex-bootstrap worker');
    return ExitCode.ok;
  }
  if ((await heldCredential(stateDir)) === undefined) {
    terminal.progress(
      `${claims.name} is accepted, and gets its identity from the next run of the home while a worker runs here. To have that now, at the home: onex-bootstrap hosts serve ${claims.name} -e ${environment}`,
    );
    return ExitCode.ok;
  }
  return serve(environment, claims.name, context);
}

async function ask(
  environment: string,
  options: DeclaredOptions,
  flags: JoinFlags,
  { client }: Session,
  context: CommandContext,
): Promise<{ claims: Claims; admission: Admission }> {
  const { host } = context;
  const [home, own] = await Promise.all([ownerOf(client, environment), host.installation()]);
  const at = `${client.options.namespace} of this Temporal server`;
  if (home === undefined)
    throw missingPrerequisite(
      `Nobody has brought ${environment} up in the namespace ${at}: do that first, at its home (onex-bootstrap up -e ${environment}).`,
    );
  if (home === own)
    throw badInput(`This host is the home of ${environment} in the namespace ${at}: it has no need to join.`);
  const before = (await host.environments()).includes(environment)
    ? await host.newest(environment)
    : undefined;
  if (before !== undefined && before.joined === undefined)
    throw refused(
      `${environment} is declared here as this host's own environment. Use another state directory (ONEX_STATE_DIR) to join the one of ${home}.`,
    );
  const name = flags.name ?? before?.joined?.name ?? slugOf(host.configuration.host);
  if (!SLUG.test(name)) throw badInput(`--name ${name}: lower-case letters, digits and hyphens.`);
  if (options.infisical === undefined && before === undefined)
    throw badInput('Say where the home’s Infisical answers this host: --infisical URL.');
  const asked = { ...options, home, hostName: name };
  const meant = await host.forReading(environment, asked);
  await assertDeclared(flags.reset ? options.serves : meant.declaration.serves, meant);
  const { declaration } = await declareFor(context, {
    environment,
    options: asked,
    reset: flags.reset ?? false,
    moved: flags.moved ?? false,
  });
  const { recipient } = await hostKey(host.stateDirOf(environment));
  const { machineClass, serves } = declaration;
  const claims = { name, installation: own, recipient, ...present({ machineClass, serves }) };
  return { claims, admission: await admit(client, environment, home, claims) };
}

/** What a host serves is in its contracts: of a name that is in none it would run nothing, and nobody would say so. */
async function assertDeclared(serves: Serves | undefined, environment: Environment): Promise<void> {
  if (serves === undefined) return;
  const { nodes } = await environment.declared(undefined);
  const known = {
    services: new Set(nodes.flatMap(({ service }) => service ?? [])),
    nodes: new Set(nodes.map(({ node }) => node)),
  };
  for (const kind of ['services', 'nodes'] as const) {
    const unknown = serves[kind].filter((name) => !known[kind].has(name));
    if (unknown.length === 0) continue;
    const option = kind === 'services' ? '--serve' : '--serve-node';
    throw badInput(
      `${option} ${someOf(unknown)}: no contract here declares that. The ${kind} that they declare: ${someOf([...known[kind]].sort()) || 'none'}.`,
    );
  }
}

async function admit(client: Client, environment: string, home: string, claims: Claims): Promise<Admission> {
  const handle = await client.workflow.start('join', {
    workflowId: `join/${environment}/${claims.name}`,
    taskQueue: environmentQueue(environment, home),
    args: [{ environment, host: claims }],
    workflowExecutionTimeout: ANSWER_WITHIN,
    workflowTaskTimeout: TASK_TIMEOUT,
    staticSummary: `${claims.name} asks to join ${environment}`,
  });
  const answer = (handle.result() as Promise<Admission>).catch((error: unknown) => {
    if (!(error instanceof WorkflowFailedError && error.cause instanceof TimeoutFailure)) throw error;
    throw missingPrerequisite(
      `The home of ${environment}, ${home}, did not answer within ${ANSWER_WITHIN}. Start a worker there (onex-bootstrap worker) and join again.`,
    );
  });
  const ended = await outcomeOf(handle, answer);
  if (ended.ended === 'completed') return ended.result;
  throw refused(`${home} did not admit this host: ${ended.message}`);
}

const slugOf = (hostname: string) =>
  hostname
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 63);

async function serve(environment: string, name: string, context: CommandContext): Promise<ExitCode> {
  const { host, terminal, json } = context;
  const call = {
    type: 'serveHost',
    workflowId: hostWorkflowId(environment, name),
    taskQueue: await host.queueOf(environment),
    input: { environment },
    declaration: (await host.newest(environment)).digest,
    summary: `the share of ${name} in ${environment}`,
  } as const;
  return runToEnd<HostShare>(call, context, { environment }, ({ ended, result }) => {
    if (json) terminal.line(JSON.stringify(result, null, 2));
    else for (const change of result.changes.first) terminal.line(`  ${change}`);
    const isPartial = ended === 'partial';
    terminal.progress(
      `${isPartial ? '✘' : '✔'} ${environment}: ${name} is ${isPartial ? 'partly ' : ''}served`,
    );
    return isPartial ? ExitCode.partial : ExitCode.ok;
  });
}

// Milliseconds. A whole fleet finds its server again in one moment, and each of it would ask the home's Infisical at once.
const BACK_WITHIN = 5_000;

/**
 * As its worker starts or finds its server again, a host that joined does its share: what it missed meanwhile; where it is `back`,
 * at some moment of the next seconds.
 */
export async function serveJoined(
  { client }: Session,
  { host, terminal }: CommandContext,
  when: 'now' | 'back' = 'now',
): Promise<void> {
  for (const environment of await host.environments()) {
    const { joined, stateDir } = await host.newest(environment);
    if (joined === undefined || (await heldCredential(stateDir)) === undefined) continue;
    await client.workflow
      .start('serveHost', {
        workflowId: hostWorkflowId(environment, joined.name),
        taskQueue: await host.queueOf(environment),
        args: [{ environment }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowTaskTimeout: TASK_TIMEOUT,
        ...(when === 'back' && { startDelay: Math.round(Math.random() * BACK_WITHIN) }),
        staticSummary: `the share of ${joined.name} in ${environment}, as its worker is back`,
      })
      .then(
        (handle) => void tellTrouble(handle, environment, terminal),
        (error: unknown) =>
          terminal.progress(
            `${environment} is served by the next run of its home: its own start could not be made (${error instanceof Error ? error.name : 'unknown'})`,
          ),
      );
  }
}

/** Whoever looks at the host sees here what it lacks: only its home can give it new credentials. */
async function tellTrouble(handle: WorkflowHandle, environment: string, terminal: Terminal): Promise<void> {
  const share = await outcomeOf(handle, handle.result()).catch(() => undefined); // lost sight of: the worker tells of that
  if (share === undefined || share.ended === 'completed') return;
  const how = share.ended === 'partial' ? 'partly served' : 'not served';
  terminal.progress(
    `✘ ${environment}: this host is ${how}: ${share.message}\n  To have its home give it what it lacks, there: onex-bootstrap hosts serve -e ${environment}`,
  );
}
