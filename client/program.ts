import { Command } from 'commander';
import { bootstrapInput, withBootstrapOptions, type BootstrapFlags } from './bootstrap-options';
import type { CommandContext } from './command-context';
import { registerTools } from './register-tools';
import { registerReads } from './register-reads';
import type { ExitCode } from './exit-code';

interface Flags {
  json?: boolean;
  environment?: string;
  volumes?: boolean;
}

/** The command line; a command's code is loaded when it runs, since Temporal's alone takes a second. `context` gives each command what the entry point took from its environment. */
export function createProgram(
  context: (flags: { json?: boolean }) => CommandContext,
  finish: (code: ExitCode) => void,
): Command {
  const program = new Command('onex-bootstrap')
    .description('Durable workflows that bring a secrets platform from a bare machine to running services.')
    .enablePositionalOptions() // what stands behind the command of `exec` is its own
    .exitOverride();
  const command = (name: string, description: string) =>
    program
      .command(name)
      .description(description)
      .option('--json', 'report as JSON on stdout; never holds a value');

  withBootstrapOptions(command('up', 'bring everything up, or find that it is'))
    .option('--dry-run', 'report what would happen and change nothing')
    .action(async (dirs: string[], flags: BootstrapFlags) => {
      const { up } = await import('./commands/up.js');
      const given = context(flags);
      finish(await up(bootstrapInput(dirs, flags, given.config.workingDir), given));
    });
  withBootstrapOptions(command('plan', 'compare the values with the server, key by key')).action(
    async (dirs: string[], flags: BootstrapFlags) => {
      const { plan } = await import('./commands/plan.js');
      const given = context(flags);
      finish(await plan(bootstrapInput(dirs, flags, given.config.workingDir), given));
    },
  );
  command('status', 'what runs, what the last run did, what is waited for')
    .option('-e, --environment <slug>')
    .action(async (flags: Flags) => {
      const { status } = await import('./commands/status.js');
      finish(await status(flags, context(flags)));
    });
  command('down', 'stop the stack; data and credentials stay')
    .option('-e, --environment <slug>')
    .option('--volumes', 'delete the data too: every secret in it is lost')
    .action(async (flags: Flags) => {
      const { down } = await import('./commands/down.js');
      finish(await down(flags, context(flags)));
    });
  command('worker', 'run workers until stopped').action(async (flags: Flags) => {
    const { worker } = await import('./commands/worker.js');
    finish(await worker(context(flags)));
  });
  command('requirements', 'what the contracts need')
    .argument('<dir...>', 'directories or files with contracts')
    .action(async (dirs: string[], flags: Flags) => {
      const { requirements } = await import('./commands/requirements.js');
      finish(await requirements(dirs, context(flags)));
    });
  registerReads(program, context, finish);
  registerTools(program, context, finish);
  return program;
}
