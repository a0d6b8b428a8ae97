import type { Command } from 'commander';
import { bootstrapInput } from './bootstrap-options';
import type { CommandContext } from './command-context';
import type { SecretsOptions } from './commands/secrets';
import { endLike } from './exec/run-child';
import { ExitCode } from './exit-code';

interface Flags extends SecretsOptions {
  json?: boolean;
  environment?: string;
  infisical?: string;
}

interface ExecFlags extends Flags {
  service: string;
  node?: string[];
  contracts?: string[];
  registry?: string;
  machineClass?: string;
  require?: boolean;
}

const collect = (value: string, before: string[] = []) => [...before, value];

/** `secrets get`, `secrets list` and `exec`. */
export function registerReads(
  program: Command,
  context: (flags: { json?: boolean }) => CommandContext,
  finish: (code: ExitCode) => void,
): void {
  const input = ({ environment, infisical }: Flags, given: CommandContext) =>
    bootstrapInput(
      [],
      {
        ...(environment === undefined ? {} : { environment }),
        ...(infisical === undefined ? {} : { infisical }),
      },
      given.config.workingDir,
    );
  const secrets = program.command('secrets').description('read secrets with the runtime identity');
  const reading = (name: string, description: string) =>
    secrets
      .command(name)
      .description(description)
      .option('-e, --environment <slug>')
      .option('--path <folder>', 'folder, e.g. /shared/kafka (default /)')
      .option('--project <id>', 'another project than that of the identity')
      .option('--infisical <url>', 'an Infisical that something else runs')
      .option('--json', 'as JSON on stdout');

  reading('get <name>', 'tell where a secret comes from; NAME or /folder/NAME')
    .option('--reveal', 'print the value')
    .action(async (name: string, flags: Flags) => {
      const { getSecret } = await import('./commands/secrets.js');
      const given = context(flags);
      finish(await getSecret(name, flags, input(flags, given), given));
    });
  reading('list', 'names in a folder').action(async (flags: Flags) => {
    const { listSecrets } = await import('./commands/secrets.js');
    const given = context(flags);
    finish(await listSecrets(flags, input(flags, given), given));
  });

  program
    .command('exec')
    .description('run a command with the keys of a service in its environment')
    .argument('<command...>', 'after --: the command and its arguments')
    .requiredOption('--service <name>', 'service whose nodes the command runs')
    .option('--node <name>', 'only this node; repeatable', collect)
    .option('--contracts <path>', 'directory or file with contracts; repeatable', collect)
    .option('--registry <file>', 'shared key registry')
    .option('--machine-class <class>', 'look into the folder of this machine class too')
    .option('--infisical <url>', 'an Infisical that something else runs')
    .option('-e, --environment <slug>')
    .option('--require', 'fail before the start where a required key is missing')
    .passThroughOptions()
    .action(
      async (command: string[], { node = [], contracts = [], require = false, ...flags }: ExecFlags) => {
        const given = context(flags);
        const { service, ...where } = flags;
        const options = { service, nodes: node, require };
        try {
          const { exec } = await import('./commands/exec.js');
          const end = await exec(
            command,
            options,
            bootstrapInput(contracts, where, given.config.workingDir),
            given,
          );
          if (end.kind !== 'not started') endLike(end);
          given.terminal.progress(`✘ ${end.message}`);
          finish(end.code);
        } catch (error) {
          // a code that no command of its own uses: whose failure it was must be clear
          given.terminal.progress(`✘ ${error instanceof Error ? error.message : String(error)}`);
          finish(ExitCode.execFailed);
        }
      },
    );
}
