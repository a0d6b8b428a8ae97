import { msToNumber } from '@temporalio/common/lib/time';
import type { Command } from 'commander';
import { isIP } from 'node:net';
import { resolve } from 'node:path';
import { badInput } from '../contracts/core/failures';
import { slug } from '../contracts/core/slug';
import { zodLines } from '../contracts/core/zod-problems';
import { servesSchema, type Serves } from '../contracts/run/hosts';
import type { Choices } from '../contracts/run/run-ref';
import { present } from '../contracts/core/record';
import { valuesFile } from '../environment/configuration';
import type { DeclaredOptions } from '../environment/declaration';
import type { Host } from '../environment/host';

/** What commander hands over for the options that say what an environment is. */
export interface DeclareFlags {
  environment?: string;
  stack?: string;
  envFile?: string[];
  localImages?: boolean;
  infisical?: string;
  registry?: string;
  overlay?: string;
  machineClass?: string;
  service?: string;
  values?: string[];
  folder?: string[];
  allowKey?: string[];
  infisicalCa?: string;
  insecureHttp?: boolean;
  project?: string;
  isolate?: boolean;
  runtimeEnv?: string[];
  tokenAge?: number;
  clientSecretAge?: number;
  rotateWithin?: number;
  trustedIp?: string[];
  refuseReferences?: boolean;
  expand?: boolean;
  serve?: string[];
  serveNode?: string[];
  acceptHosts?: boolean;
  reset?: boolean;
  moved?: boolean;
}

/** And for those that say what a run does. */
export interface ChoiceFlags {
  dryRun?: boolean;
  overwrite?: true | string[];
  required?: boolean;
  allowPartial?: boolean;
  approve?: boolean;
  /** Seconds. */
  approveWithin?: number;
  /** Seconds. */
  waitForHosts?: number;
}

export const collect = (value: string, before: string[] = []) => [...before, value];

// `--overwrite` alone is all keys, `--overwrite KEY` that one; repeatable
const keys = (value: string, before: true | string[] = []) => [...(before === true ? [] : before), value];

/** What the contracts need beside themselves. */
export const withContractOptions = (command: Command): Command =>
  command
    .option('--registry <file>', 'shared key registry (default: found beside the contracts)')
    .option('--machine-class <class>', 'apply overlays/<class>.yaml')
    .option('--overlay <file>', 'machine-class overlay, where it lies elsewhere')
    .option('--service <name>', 'service of nodes whose contract names none')
    .option(
      '--folder <transport=folder>',
      'folder of a transport, to adopt another layout; repeatable',
      collect,
    )
    .option('--allow-key <key>', 'take a key like PATH or NODE_OPTIONS as a secret; repeatable', collect);

/** The options of a declaration. */
export function withDeclareOptions(command: Command): Command {
  withContractOptions(
    command
      .argument('[dir...]', 'directories or files with contracts (default: the example)')
      .option('-e, --environment <slug>', 'environment (default: the declared one, else dev)')
      .option('--values <file>', 'values to seed; SERVICE=FILE for one service; repeatable', collect),
  );
  return command
    .option('--infisical <url>', 'an Infisical that something else runs; no infrastructure is started')
    .option('--infisical-ca <file>', 'PEM file of the authority of its certificate')
    .option('--insecure-http', 'speak to it in clear, on another machine or to another user’s process')
    .option('--moved', 'it is the Infisical of before at a new address, and gets its credentials there')
    .option('--project <slug>', 'project in Infisical')
    .option('--isolate', 'a project for this environment alone: PROJECT-ENVIRONMENT')
    .option('--no-isolate', 'the project that environments share again')
    .option('--token-age <time>', 'how long a token of its identities holds: 12h, 1d (default)', lifetime)
    .option('--client-secret-age <time>', 'how long client secrets hold that are made from now on', lifetime)
    .option(
      '--rotate-within <time>',
      'how old a client secret may be before `watch` tells of it: 180d (default)',
      lifetime,
    )
    .option('--trusted-ip <cidr>', 'where its identities may log in from; repeatable', collect)
    .option('--stack <file>', 'Compose file of the stack')
    .option(
      '--local-images',
      'where no registry answers, images built here stand in: for a try, no real secret',
    )
    .option('--no-local-images', 'only images of registries again')
    .option('--env-file <file>', 'variables of the stack file, in place of .env; repeatable', collect)
    .option(
      '--runtime-env <file>',
      'env file that receives the runtime identity; SERVICE=FILE: one that sees that service’s folders only; repeatable',
      collect,
    )
    .option('--refuse-references', 'seed no value that holds ${…}, which other clients expand')
    .option('--no-refuse-references', 'seed them again, as written')
    .option('--expand', 'nodes and readers get references expanded, and what folders import')
    .option('--no-expand', 'they get values as written again')
    .option('--serve <service>', 'this host runs the nodes of this service only; repeatable', collect)
    .option('--serve-node <node>', 'this host runs this node only; repeatable', collect)
    .option('--accept-hosts', 'every host that asks may join')
    .option('--no-accept-hosts', 'each host waits to be accepted again')
    .option('--reset', 'forget what was declared before and start from the defaults');
}

/** Which values may be replaced. */
export const withOverwrite = (command: Command): Command =>
  command.option(
    '--overwrite [key]',
    'replace values that differ on the server: all, or the named key; repeatable',
    keys,
  );

/** The choices of a run. */
export function withChoices(command: Command): Command {
  return withOverwrite(command).option('--required', 'controlled lane: Infisical wins over the environment');
}

/** Flags as what is declared. Paths become absolute. BadInput names the flag. */
export function declaredOptions(dirs: string[], flags: DeclareFlags, workingDir: string): DeclaredOptions {
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(workingDir, path));
  const { environment, machineClass, service, project, infisical } = flags;
  for (const [flag, value] of Object.entries({ environment, machineClass, service, project })) {
    if (value !== undefined && !slug.safeParse(value).success)
      throw badInput(`--${dashed(flag)} ${value}: lower-case letters, digits and hyphens.`);
  }
  if (project !== undefined && (project.length < 5 || project.length > 36))
    throw badInput(`--project ${project}: a project has 5 to 36 characters.`);
  return present({
    contracts: dirs.length === 0 ? undefined : dirs.map((dir) => resolve(workingDir, dir)),
    values: flags.values?.map((entry) => valuesFile(entry, workingDir)),
    folders: flags.folder === undefined ? undefined : Object.fromEntries(flags.folder.map(folderPair)),
    allowKeys: flags.allowKey,
    registry: at(flags.registry),
    overlay: at(flags.overlay),
    machineClass,
    service,
    infisical,
    infisicalCa: at(flags.infisicalCa),
    insecureHttp: flags.insecureHttp,
    project,
    stackFile: at(flags.stack),
    localImages: flags.localImages,
    envFiles: flags.envFile?.map((file) => resolve(workingDir, file)),
    isolate: flags.isolate,
    tokenAge: flags.tokenAge,
    secretAge: flags.clientSecretAge,
    rotateWithin: flags.rotateWithin,
    trustedIps: flags.trustedIp?.map(checkedAddress),
    ...runtimeEnvFiles(flags.runtimeEnv, workingDir),
    refuseReferences: flags.refuseReferences,
    expand: flags.expand,
    serves: servesOf(flags),
    acceptHosts: flags.acceptHosts,
  });
}

function servesOf({ serve: services = [], serveNode: nodes = [] }: DeclareFlags): Serves | undefined {
  if (services.length + nodes.length === 0) return undefined;
  const parsed = servesSchema.safeParse({ services, nodes });
  if (parsed.success) return parsed.data;
  throw badInput(`--serve: ${zodLines(parsed.error, servesSchema, '--serve').join('; ')}.`);
}

function runtimeEnvFiles(entries: readonly string[] = [], workingDir: string) {
  const files = entries.map((entry) => valuesFile(entry, workingDir));
  const own = files.flatMap(({ service, path }) => (service === undefined ? [] : [[service, path] as const]));
  return {
    runtimeEnvFile: files.findLast(({ service }) => service === undefined)?.path,
    serviceEnvFiles: own.length === 0 ? undefined : Object.fromEntries(own),
  };
}

const SHORTEST_AGE = 300; // seconds: a token must outlive a step

function lifetime(given: string): number {
  const time = seconds(given);
  if (time < SHORTEST_AGE) throw badInput(`${given} is no lifetime: a time like 12h or 90d, 5m at least.`);
  return time;
}

/** A time like `30m` or `24h` in seconds. */
export function seconds(given: string): number {
  if (/^\d+(s|m|h|d|w|y)$/.test(given)) return msToNumber(given as `${number}d`) / 1000;
  throw badInput(`${given} is no time like 30m, 12h or 90d.`);
}

function checkedAddress(given: string): string {
  const [address = '', bits, ...rest] = given.split('/');
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  if (
    version > 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  )
    return given;
  throw badInput(`--trusted-ip ${given}: an address or network like 10.0.0.7 or 10.0.0.0/8.`);
}

/** Flags as the input of a run. */
export function choicesOf(environment: string, flags: ChoiceFlags): Choices & { environment: string } {
  const { dryRun, overwrite, required, allowPartial, approve, approveWithin, waitForHosts } = flags;
  return {
    environment,
    ...present({ dryRun, overwrite, required, allowPartial, approve, approveWithin, waitForHosts }),
  };
}

/** The environment that is to be declared: the named one, else the only declared one, else dev. */
export async function environmentToDeclare(host: Host, named: string | undefined): Promise<string> {
  const wanted = named ?? host.configuration.environment;
  if (wanted !== undefined) return wanted;
  return (await host.environments()).length === 0 ? 'dev' : host.choose(undefined);
}

const dashed = (flag: string) => flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

function folderPair(pair: string): [string, string] {
  const [transport, folder, ...rest] = pair.split('=');
  if (!transport || !folder || rest.length > 0)
    throw badInput(`--folder ${pair}: expected TRANSPORT=FOLDER.`);
  return [transport, folder];
}
