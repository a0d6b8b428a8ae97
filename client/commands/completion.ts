import { getCompletionScript, getShellFromEnv, log, logFiles } from '@pnpm/tabtab';
import type { Command } from 'commander';
import { badInput } from '../../contracts/core/failures';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

type Candidate = { name: string; description: string };

/** Prints the script that makes a shell complete our commands and options: it asks `completion-server` at each Tab. */
export async function completion(
  given: string,
  { terminal }: Pick<CommandContext, 'terminal'>,
): Promise<ExitCode> {
  const shell = SHELLS.find((known) => known === given);
  if (shell === undefined)
    throw badInput(`There is no completion for ${given}; there is one for ${SHELLS.join(', ')}.`);
  const name = 'onex-bootstrap';
  terminal.line(await getCompletionScript({ name, completer: name, shell }));
  return ExitCode.ok;
}

/** Prints what may follow the line that a shell is about to complete. */
export function completionServer(
  program: Command,
  { terminal, inherited }: Pick<CommandContext, 'terminal' | 'inherited'>,
): ExitCode {
  const candidates = candidatesFor(program, inherited['COMP_LINE'] ?? '');
  if (candidates.length === 0) logFiles();
  else log(candidates, getShellFromEnv(inherited), (line) => terminal.line(line));
  return ExitCode.ok;
}

/** What may follow `line`: subcommands, or options behind a hyphen. None where a file or a value is to be typed. */
export function candidatesFor(program: Command, line: string): Candidate[] {
  const [, ...words] = line.trimStart().split(/\s+/);
  const last = words.pop() ?? '';
  if (words.includes('--')) return [];
  const command = words.reduce(
    (within, word) => within.commands.find((known) => known.name() === word) ?? within,
    program,
  );
  const before = command.options.find(({ long, short }) => [long, short].includes(words.at(-1)));
  if (before?.required || before?.optional) return [];
  const help = program.createHelp();
  const options = help
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ name: long ?? short ?? '', description }));
  if (last.startsWith('-')) return options;
  return help.visibleCommands(command).map((known) => ({
    name: known.name(),
    description: known.description(),
  }));
}
