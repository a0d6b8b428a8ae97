import { Command } from 'commander';
import { bootstrapInput, withBootstrapOptions, type BootstrapFlags } from './bootstrap-options';
import type { CommandContext } from './command-context';
import { down } from './commands/down';
import { plan } from './commands/plan';
import { requirements } from './commands/requirements';
import { status } from './commands/status';
import { up } from './commands/up';
import { worker } from './commands/worker';
import type { ExitCode } from './exit-code';

interface Flags {
  json?: boolean;
  environment?: string;
  volumes?: boolean;
}

/** The command line. `context` gives each command what the entry point took from its environment. */
export function createProgram(
  context: (flags: { json?: boolean }) => CommandContext,
  finish: (code: ExitCode) => void,
): Command {
  const program = new Command('onex-bootstrap')
    .description('Durable workflows that bring a secrets platform from a bare machine to running services.')
    .exitOverride();
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--json', 'report as JSON on stdout; never holds a value');

  withBootstrapOptions(command('up', 'bring everything up, or find that it is'))
    .option('--dry-run', 'report what would happen and change nothing')
    .action(async (dirs: string[], flags: BootstrapFlags) => {
      const given = context(flags);
      finish(await up(bootstrapInput(dirs, flags, given.config.workingDir), given));
    });
  withBootstrapOptions(command('plan', 'compare the values with the server, key by key')).action(
    async (dirs: string[], flags: BootstrapFlags) => {
      const given = context(flags);
      finish(await plan(bootstrapInput(dirs, flags, given.config.workingDir), given));
    },
  );
  command('status', 'what runs, what the last run did, what is waited for')
    .option('-e, --environment <slug>')
    .action(async (flags: Flags) => finish(await status(flags, context(flags))));
  command('down', 'stop the stack; data and credentials stay')
    .option('-e, --environment <slug>')
    .option('--volumes', 'delete the data too: every secret in it is lost')
    .action(async (flags: Flags) => finish(await down(flags, context(flags))));
  command('worker', 'run workers until stopped').action(async (flags: Flags) =>
    finish(await worker(context(flags))),
  );
  command('requirements', 'what the contracts need')
    .argument('<dir...>', 'directories or files with contracts')
    .action(async (dirs: string[], flags: Flags) => finish(await requirements(dirs, context(flags))));
  return program;
}
