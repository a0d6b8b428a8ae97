import { Option, type Command } from 'commander';
import { resolve } from 'node:path';
import { badInput } from '../contracts/core/failures';
import { bootstrapInputSchema, type BootstrapInput } from '../contracts/settings/bootstrap-input';

/** What commander hands over for them. */
export interface BootstrapFlags {
  json?: boolean;
  environment?: string;
  host?: string;
  stack?: string;
  infisical?: string;
  registry?: string;
  overlay?: string;
  machineClass?: string;
  service?: string;
  envFile?: string[];
  folder?: string[];
  project?: string;
  runtimeEnv?: string;
  overwrite?: boolean;
  dryRun?: boolean;
  required?: boolean;
}

const collect = (value: string, before: string[] = []) => [...before, value];

/** The options that `up` and `plan` share, each a field of the workflow's input. */
export function withBootstrapOptions(command: Command): Command {
  return command
    .argument('[dir...]', 'directories or files with contracts (default: the example)')
    .option('-e, --environment <slug>', 'Infisical environment, also the name of the stack')
    .option('--env-file <file>', 'values to seed; SERVICE=FILE for one service; repeatable', collect)
    .option('--registry <file>', 'shared key registry (default: found beside the contracts)')
    .option('--machine-class <class>', 'apply overlays/<class>.yaml')
    .option('--overlay <file>', 'machine-class overlay, where it lies elsewhere')
    .option('--service <name>', 'service of nodes whose contract names none')
    .option('--overwrite', 'replace values that differ on the server')
    .option('--required', 'controlled lane: Infisical wins over the environment')
    .option(
      '--folder <transport=folder>',
      'folder of a transport, to adopt another layout; repeatable',
      collect,
    )
    .option('--infisical <url>', 'an Infisical that something else runs; no infrastructure is started')
    .option('--project <slug>', 'project in Infisical')
    .option('--stack <file>', 'Compose file of the stack')
    .option('--runtime-env <file>', 'env file that receives the runtime identity')
    .addOption(new Option('--host <name>', 'host whose engine and files are used').hideHelp());
}

/** Flags as a workflow's input; paths become absolute, because the worker may run elsewhere. */
export function bootstrapInput(dirs: string[], flags: BootstrapFlags, workingDir: string): BootstrapInput {
  const at = (path: string | undefined) => (path === undefined ? undefined : resolve(workingDir, path));
  const input = {
    environment: flags.environment,
    host: flags.host,
    stackFile: at(flags.stack),
    infisical: flags.infisical,
    contracts: dirs.length === 0 ? undefined : dirs.map((dir) => resolve(workingDir, dir)),
    registry: at(flags.registry),
    overlay: at(flags.overlay),
    machineClass: flags.machineClass,
    service: flags.service,
    envFiles: flags.envFile?.map((entry) => absoluteEnvFile(entry, workingDir)),
    folders: flags.folder === undefined ? undefined : Object.fromEntries(flags.folder.map(folderPair)),
    projectSlug: flags.project,
    runtimeEnvFile: at(flags.runtimeEnv),
    overwrite: flags.overwrite,
    dryRun: flags.dryRun,
    required: flags.required,
  };
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const parsed = bootstrapInputSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `  ${issue.path.join('.')}: ${issue.message}`);
  throw badInput(`These options cannot be used:\n${problems.join('\n')}`);
}

function absoluteEnvFile(entry: string, workingDir: string): string {
  const service = /^([a-z0-9][a-z0-9-]*)=(.+)$/.exec(entry);
  return service?.[2] === undefined
    ? resolve(workingDir, entry)
    : `${service[1]}=${resolve(workingDir, service[2])}`;
}

function folderPair(pair: string): [string, string] {
  const [transport, folder, ...rest] = pair.split('=');
  if (!transport || !folder || rest.length > 0)
    throw badInput(`--folder ${pair}: expected TRANSPORT=FOLDER.`);
  return [transport, folder];
}
