import { Command, Option } from 'commander';
import { ROTATED } from '../contracts/run/rotation';
import type { CommandContext } from './command-context';
import { approve, reject } from './commands/approve';
import { declare } from './commands/declare';
import { doctor } from './commands/doctor';
import { down } from './commands/down';
import { exec } from './commands/exec';
import { plan } from './commands/plan';
import { report } from './commands/report';
import { requirements } from './commands/requirements';
import { rotate, type RotateFlags } from './commands/rotate';
import { getSecret, listSecrets, type SecretsOptions } from './commands/secrets';
import { status } from './commands/status';
import { uninstall } from './commands/uninstall';
import { up } from './commands/up';
import { upgrade } from './commands/upgrade';
import { watch, type WatchFlags } from './commands/watch';
import { worker } from './commands/worker';
import { endLike } from './exec/run-child';
import type { ExitCode } from './exit-code';
import {
  collect,
  declaredOptions,
  seconds,
  withChoices,
  withDeclareOptions,
  type ChoiceFlags,
  type DeclareFlags,
} from './options';
import { registerBackups } from './register-backups';
import { registerHosts } from './register-hosts';
import { registerTools } from './register-tools';

interface Flags extends DeclareFlags, ChoiceFlags {
  json?: boolean;
  volumes?: boolean;
  detailedExitcode?: boolean;
  plan?: string;
  out?: string;
}

interface ExecFlags extends DeclareFlags {
  service: string;
  node?: string[];
  contracts?: string[];
  require?: boolean;
}

type MakeContext = (flags: { json?: boolean; environment?: string }) => CommandContext;
type Finish = (code: ExitCode) => void;

/**
 * The command line; a command's code is loaded when it runs (compile-cache.ts), since Temporal's alone takes most of a second.
 * `context` gives each command what the entry point took from its environment.
 */
export function createProgram(version: string, context: MakeContext, finish: Finish): Command {
  const program = new Command('onex-bootstrap')
    .description('Durable workflows that bring a secrets platform from a bare machine to running services.')
    .version(version)
    .enablePositionalOptions() // what stands behind the command of `exec` is its own
    .exitOverride();
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--json', 'report as JSON on stdout; never holds a value');
  const named = (name: string, description: string) =>
    command(name, description).option('-e, --environment <slug>', 'a declared environment');

  withChoices(withDeclareOptions(command('up', 'declare the environment and bring everything up')))
    .option('--dry-run', 'report what would happen and change nothing')
    .option('--allow-partial', 'succeed even if a node lacks a required key')
    .option('--approve', 'change nothing before somebody approves the plan')
    .option(
      '--approve-within <time>',
      'how long to wait for that (default 24h); then nothing is changed',
      seconds,
    )
    .option('--wait-for-hosts <time>', 'how long to wait for a host that joined and is away', seconds)
    .option('--plan <file>', 'make exactly the changes of `plan --out FILE`, or none')
    .option('--take-over', 'although another installation had the environment in this Temporal namespace')
    .action(async (dirs: string[], flags: Flags) => {
      const given = context(flags);
      finish(await up(declaredOptions(dirs, flags, given.config.workingDir), flags, given));
    });
  withDeclareOptions(command('declare', 'declare the environment without starting anything')).action(
    async (dirs: string[], flags: Flags) => {
      const given = context(flags);
      const options = declaredOptions(dirs, flags, given.config.workingDir);
      finish(await declare({ ...environmentOf(flags), options, ...resetOf(flags) }, given));
    },
  );
  withChoices(withDeclareOptions(command('plan', 'compare the values with the server, key by key')))
    .option('--out <file>', 'write down which plan this is, for `up --plan FILE`')
    .option('--detailed-exitcode', 'end with 2 where there is something to do, as Terraform does')
    .action(async (dirs: string[], flags: Flags) => {
      const given = context(flags);
      finish(await plan(declaredOptions(dirs, flags, given.config.workingDir), flags, given));
    });
  named('approve', 'approve the plan that a run waits with; without its digest, show it')
    .argument('[digest]', 'of the plan')
    .option('--note <text>', 'why, for the history')
    .action(async (digest: string | undefined, flags: Flags & { note?: string }) => {
      finish(await approve(digest, flags, context(flags)));
    });
  named('reject', 'reject the plan that a run waits with, and end the run')
    .requiredOption('--reason <text>', 'why, for the history')
    .action(async (flags: Flags & { reason: string }) => {
      finish(await reject(flags, context(flags)));
    });
  named('rotate', 'make credentials anew, beside the old ones until every reader has them')
    .argument('<name...>', ROTATED.join(', '))
    .option('--overlap <time>', 'how long the old ones go on working (default 1m)', seconds)
    .option('--value <file>', 'the new value of a key; - is standard input')
    .option('--every <time>', 'have Temporal do it so often from now on: 90d', seconds)
    .option('--remove', 'have it done no more')
    .action(async (names: string[], flags: RotateFlags) => {
      finish(await rotate(names, flags, context(flags)));
    });
  named(
    'upgrade',
    'give services the images that the stack file names: backed up first, put back if it fails',
  )
    .argument('[service...]', 'only these (default: every one whose image is another)')
    .option('--dry-run', 'only show what would be upgraded')
    .action(async (services: string[], flags: Flags & { dryRun?: boolean }) => {
      finish(await upgrade(services, flags, context(flags)));
    });
  named('status', 'what runs, how the last run ended, and what it waits for').action(async (flags: Flags) => {
    finish(await status(flags.environment, context(flags)));
  });
  named('doctor', 'check everything that the environment stands on, and say what mends what')
    .option('--bundle <file>', 'write what support needs to a file: names and counts, no values')
    .action(async (flags: Flags & { bundle?: string }) => {
      finish(await doctor(flags, context(flags)));
    });
  named('watch', 'look again and again whether everything is still as it was brought up')
    .option('--every <time>', 'have Temporal look so often from now on: 15m', seconds)
    .addOption(
      new Option('--on-drift <what>', 'fail, or heal what needs no decision').choices(['fail', 'heal']),
    )
    .option('--now', 'look at once')
    .option('--accept <digest>', 'a drift, as it was seen, counts as well; repeatable', collect)
    .option('--notify <url>', 'tell this address of every change, signed; - reads it from stdin')
    .option('--no-notify', 'tell nobody any more')
    .option('--pause', 'do not look until --every is said again')
    .option('--remove', 'look no more')
    .action(async (flags: Flags & WatchFlags) => {
      finish(await watch(flags, context(flags)));
    });
  named('report', 'everything that a run found and did')
    .argument('[run]', 'its run id (default: the latest)')
    .action(async (run: string | undefined, flags: Flags) => {
      finish(await report(run, flags, context(flags)));
    });
  named('down', 'stop the stack; data and credentials stay')
    .option('--volumes', 'delete the data too: every secret in it is lost')
    .action(async (flags: Flags) => {
      finish(await down(flags, context(flags)));
    });
  command('uninstall', 'list everything of this installation on this host, and with --yes remove it')
    .option('--yes', 'remove it: data and credentials cannot be brought back')
    .action(async (flags: { yes?: boolean; json?: boolean }) => {
      finish(await uninstall(flags, context(flags)));
    });
  command('worker', 'serve every environment of this host until stopped').action(async (flags: Flags) => {
    finish(await worker(context(flags)));
  });
  command('requirements', 'what the contracts need')
    .argument('<dir...>', 'directories or files with contracts')
    .option('--allow-key <key>', 'take a key like PATH or NODE_OPTIONS as a secret; repeatable', collect)
    .action(async (dirs: string[], flags: Flags) => {
      finish(await requirements(dirs, flags, context(flags)));
    });
  registerBackups({ command, named }, context, finish);
  registerHosts({ command, named }, context, finish);
  registerReads(program, context, finish);
  registerTools(program, context, finish);
  return program;
}

const resetOf = ({ reset = false, moved = false }: DeclareFlags) => ({ reset, moved });
const environmentOf = ({ environment }: DeclareFlags) => (environment === undefined ? {} : { environment });

function registerReads(program: Command, context: MakeContext, finish: Finish): void {
  const secrets = program.command('secrets').description('read secrets with the runtime identity');
  const reading = (name: string, description: string) =>
    secrets
      .command(name)
      .description(description)
      .option('-e, --environment <slug>', 'a declared environment')
      .option('--path <folder>', 'folder, e.g. /shared/kafka (default /)')
      .option('--project <id>', 'another project than that of the identity')
      .option('--infisical <url>', 'an Infisical that something else runs')
      .option('--infisical-ca <file>', 'PEM file of the authority of its certificate')
      .option('--insecure-http', 'speak to it in clear, on another machine or to another user’s process')
      .option('--expand', 'expand references (${…}) and include imports')
      .option('--json', 'as JSON on stdout');

  reading('get <name>', 'tell where a secret comes from; NAME or /folder/NAME')
    .option('--reveal', 'print the value')
    .action(async (name: string, flags: SecretsOptions & { json?: boolean }) => {
      finish(await getSecret(name, flags, context(flags)));
    });
  reading('list', 'folders and names in a folder').action(
    async (flags: SecretsOptions & { json?: boolean }) => {
      finish(await listSecrets(flags, context(flags)));
    },
  );

  program
    .command('exec')
    .description('run a command with the keys of a service in its environment')
    .argument('<command...>', 'after --: the command and its arguments')
    .requiredOption('--service <name>', 'service whose nodes the command runs')
    .option('--node <name>', 'only this node; repeatable', collect)
    .option('--contracts <path>', 'directory or file with contracts; repeatable', collect)
    .option('--registry <file>', 'shared key registry')
    .option('--allow-key <key>', 'take a key like PATH or NODE_OPTIONS as a secret; repeatable', collect)
    .option('--machine-class <class>', 'read the folder of this machine class too')
    .option('--infisical <url>', 'an Infisical that something else runs')
    .option('--infisical-ca <file>', 'PEM file of the authority of its certificate')
    .option('--insecure-http', 'speak to it in clear, on another machine or to another user’s process')
    .option('-e, --environment <slug>', 'a declared environment')
    .option('--expand', 'expand references (${…}) and include imports')
    .option('--require', 'fail before the start where a required key is missing')
    .passThroughOptions()
    .action(async (command: string[], flags: ExecFlags) => {
      const given = context({});
      const { node = [], contracts = [], require = false, service, environment, ...where } = flags;
      const declared = declaredOptions(contracts, where, given.config.workingDir);
      const end = await exec(command, { environment, service, nodes: node, require }, declared, given);
      if (end.kind !== 'not started') return endLike(end);
      given.terminal.progress(`✘ ${end.message}`);
      finish(end.code);
    });
}
