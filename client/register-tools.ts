import type { Command } from 'commander';
import type { CommandContext } from './command-context';
import { codecServer, codecGrant, codecRevoke } from './commands/codec-server';
import { completion, completionServer } from './commands/completion';
import { promote } from './commands/promote';
import { prune } from './commands/prune';
import { installService, removeService } from './commands/service';
import { temporal } from './commands/temporal';
import { endLike } from './exec/run-child';
import { seconds, withOverwrite, type ChoiceFlags } from './options';
import type { ExitCode } from './exit-code';

interface PruneFlags {
  environment?: string;
  dryRun?: boolean;
  approved?: string;
  approveWithin?: number;
  undo?: string;
  json?: boolean;
}

interface PromoteFlags extends ChoiceFlags {
  transport?: string;
  json?: boolean;
}

interface Flags {
  json?: boolean;
  port?: string;
  origin?: string;
  listen?: string;
}

/** `promote`, `prune`, `codec-server` with `grant` and `revoke`, `service`, `temporal` and `completion`. */
export function registerTools(
  program: Command,
  context: (flags: { json?: boolean }) => CommandContext,
  finish: (code: ExitCode) => void,
): void {
  withOverwrite(program.command('promote'))
    .description('copy values of one environment to another one of this host that needs them')
    .argument('<from>', 'the environment that has them')
    .argument('<to>', 'the environment that gets them')
    .argument('[key...]', 'only these keys')
    .option('--transport <name>', 'only the keys of this transport, such as kafka')
    .option('--dry-run', 'show what would be copied and change nothing')
    .option('--approve', 'change nothing before somebody approves the plan')
    .option('--approve-within <time>', 'how long to wait for that (default 24h)', seconds)
    .option('--json', 'report as JSON on stdout; never holds a value')
    .action(async (from: string, to: string, keys: string[], flags: PromoteFlags) => {
      finish(await promote({ from, to, keys }, flags, context(flags)));
    });

  program
    .command('prune')
    .description('delete keys that nobody needs any more, once that is approved')
    .option('-e, --environment <slug>', 'a declared environment')
    .option('--dry-run', 'show what would be deleted and change nothing')
    .option('--approved <digest>', 'the plan of this digest is approved already: delete exactly that')
    .option('--approve-within <time>', 'how long to wait for the approval (default 24h)', seconds)
    .option('--undo <name>', 'write back what the prune of this name deleted')
    .option('--json', 'report as JSON on stdout; never holds a value')
    .action(async (flags: PruneFlags) => {
      finish(await prune(flags, context(flags)));
    });

  const codec = program
    .command('codec-server')
    .description('let Temporal’s UI and CLI show sealed secrets, with a grant')
    .option('--json', 'report as JSON on stdout; never holds a value')
    .option('--port <port>', 'port on 127.0.0.1 (default 8234)')
    .option('--origin <url>', 'the UI that may ask (default: the embedded one)')
    .option('--listen <address>', 'another address than 127.0.0.1, for use in a container')
    .action(async (flags: Flags) => {
      finish(await codecServer(flags, context(flags)));
    });
  codec
    .command('grant')
    .description('print a token that may decode for some minutes')
    .argument('<name>', 'who decodes, for the audit')
    .requiredOption('--minutes <n>', 'how long')
    .option('--namespace <name>', 'only what is of this Temporal namespace')
    .option('--workflow <id>', 'only what is of these workflows; * stands for any characters')
    .action(async (name: string, flags: { minutes: string; namespace?: string; workflow?: string }) => {
      finish(await codecGrant(name, flags, context(codec.opts())));
    });
  codec
    .command('revoke')
    .description('end a grant at once')
    .argument('<name>', 'whose')
    .action(async (name: string) => {
      finish(await codecRevoke(name, context(codec.opts())));
    });

  const service = program.command('service').description('let systemd keep the worker running');
  service
    .command('install')
    .description('write the unit of this state directory’s worker, and start it')
    .option('--user', 'a unit of your own systemd, in place of the system’s')
    .option('--print', 'only show the unit')
    .option('--json', 'report as JSON on stdout')
    .action(async (flags: Flags & { user?: boolean; print?: boolean }) => {
      finish(await installService(flags, context(flags)));
    });
  service
    .command('remove')
    .description('stop the worker and remove its unit; everything else stays')
    .option('--user', 'that of your own systemd')
    .option('--json', 'report as JSON on stdout')
    .action(async (flags: Flags & { user?: boolean }) => {
      finish(await removeService(flags, context(flags)));
    });

  passingOn(program.command('temporal'))
    .description('Temporal’s own CLI, with the server that the other commands use')
    .argument('[arguments...]', 'for example: workflow list')
    .action(async (args: string[]) => {
      const given = context({});
      const end = await temporal(args, given);
      if (end.kind !== 'not started') return endLike(end);
      given.terminal.progress(`✘ ${end.message}`);
      finish(end.code);
    });

  program
    .command('completion')
    .description('print a script that completes commands and options: source it in your shell')
    .argument('<shell>', 'bash, zsh or fish')
    .action(async (shell: string) => {
      finish(await completion(shell, context({})));
    });
  passingOn(program.command('completion-server', { hidden: true }))
    .argument('[words...]')
    .action(() => {
      finish(completionServer(program, context({})));
    });
}

/** All that stands behind the command is an argument, also `--help`. */
const passingOn = (command: Command) => command.allowUnknownOption().passThroughOptions().helpOption(false);
