import { InvalidArgumentError, type Command } from 'commander';
import type { CommandContext } from './command-context';
import { backup, type BackupFlags } from './commands/backup';
import { drill, type DrillFlags } from './commands/drill';
import { restore, type RestoreFlags } from './commands/restore';
import type { ExitCode } from './exit-code';
import { collect, seconds } from './options';

type Json = { json?: boolean };

/** `backup`, `drill` and `restore`. */
export function registerBackups(
  { command, named }: Record<'command' | 'named', (name: string, description: string) => Command>,
  context: (flags: Json) => CommandContext,
  finish: (code: ExitCode) => void,
): void {
  withOpening(
    withSchedule(
      named('backup', 'write databases and state to one encrypted file; what is declared here stays'),
    ),
  )
    .option('--to <dir>', 'folder of the files')
    .option('--recipient <age1…>', 'who may open them, as age-keygen prints it; repeatable', collect)
    .option('--keep <n>', 'how many files stay', count)
    .action(async (flags: BackupFlags & Json) => {
      finish(await backup(flags, context(flags)));
    });
  withSchedule(
    named('drill', 'restore the newest backup beside the real stack, log in, compare, and take it away'),
  )
    .option('--identity <file>', 'file of age-keygen that opens files for its recipient; it stays declared')
    .action(async (flags: DrillFlags & Json) => {
      finish(await drill(flags, context(flags)));
    });
  withOpening(command('restore', 'restore the environment of a backup where nothing is, and bring it up'))
    .argument('<file>', 'of `backup`')
    .option('--contracts <path>', 'where the contracts are here; repeatable', collect)
    .option('--values <file>', 'where values are here; SERVICE=FILE for one service; repeatable', collect)
    .option('--registry <file>', 'where the shared key registry is here')
    .option('--overlay <file>', 'where the machine-class overlay is here')
    .option('--stack <file>', 'where the Compose file of the stack is here')
    .option('--env-file <file>', 'where variables of the stack file are here; repeatable', collect)
    .option('--runtime-env <file>', 'env file that receives the runtime identity here; repeatable', collect)
    .option('--take-over', 'although another installation had the environment in this Temporal namespace')
    .action(async (file: string, flags: RestoreFlags & Json) => {
      finish(await restore(file, flags, context(flags)));
    });
}

const withSchedule = (command: Command) =>
  command
    .option('--every <time>', 'do it again and again, by a Temporal Schedule', seconds)
    .option(
      '--within <time>',
      '`watch` tells where none was made for so long: twice --every (default)',
      seconds,
    )
    .option('--remove', 'no more');

const withOpening = (command: Command) =>
  command
    .option('--passphrase-file <file>', 'file with the passphrase that opens the files')
    .option('--identity <file>', 'file of age-keygen that opens files for its recipient');

function count(given: string): number {
  if (/^[1-9]\d{0,4}$/.test(given)) return Number(given);
  throw new InvalidArgumentError('a number from 1.');
}
