import type { Command } from 'commander';
import type { CommandContext } from './command-context';
import { endLike } from './exec/run-child';
import type { ExitCode } from './exit-code';

interface Flags {
  json?: boolean;
  port?: string;
  origin?: string;
  listen?: string;
}

/** `codec-server` with `grant` and `revoke`, `service`, `temporal` and `completion`. */
export function registerTools(
  program: Command,
  context: (flags: { json?: boolean }) => CommandContext,
  finish: (code: ExitCode) => void,
): void {
  const codec = program
    .command('codec-server')
    .description('let Temporal’s UI and CLI show sealed secrets, with a grant')
    .option('--json', 'report as JSON on stdout; never holds a value')
    .option('--port <port>', 'port on 127.0.0.1 (default 8234)')
    .option('--origin <url>', 'the UI that may ask (default: the embedded one)')
    .option('--listen <address>', 'another address than 127.0.0.1, for use in a container')
    .action(async (flags: Flags) => {
      const { codecServer } = await import('./commands/codec-server.js');
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
      const { codecGrant } = await import('./commands/codec-server.js');
      finish(await codecGrant(name, flags, context(codec.opts())));
    });
  codec
    .command('revoke')
    .description('end a grant at once')
    .argument('<name>', 'whose')
    .action(async (name: string) => {
      const { codecRevoke } = await import('./commands/codec-server.js');
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
      const { installService } = await import('./commands/service.js');
      finish(await installService(flags, context(flags)));
    });
  service
    .command('remove')
    .description('stop the worker and remove its unit; everything else stays')
    .option('--user', 'that of your own systemd')
    .option('--json', 'report as JSON on stdout')
    .action(async (flags: Flags & { user?: boolean }) => {
      const { removeService } = await import('./commands/service.js');
      finish(await removeService(flags, context(flags)));
    });

  passingOn(program.command('temporal'))
    .description('Temporal’s own CLI, with the server that the other commands use')
    .argument('[arguments...]', 'for example: workflow list')
    .action(async (args: string[]) => {
      const { temporal } = await import('./commands/temporal.js');
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
      const { completion } = await import('./commands/completion.js');
      finish(await completion(shell, context({})));
    });
  passingOn(program.command('completion-server', { hidden: true }))
    .argument('[words...]')
    .action(async () => {
      const { completionServer } = await import('./commands/completion.js');
      finish(completionServer(program, context({})));
    });
}

/** All that stands behind the command is an argument, also `--help`. */
const passingOn = (command: Command) => command.allowUnknownOption().passThroughOptions().helpOption(false);
