import { execFileSync } from 'node:child_process';
import { Command, InvalidArgumentError } from 'commander';

/** The folder of the project, which scripts/run-bundled.mjs puts before the flags. */
export const root = process.argv[2] ?? '.';

/** A command line that is run by `npm run NAME -- …`; 2 is the exit code of one that cannot be read. */
export const npmCommand = (name: string, description: string): Command =>
  new Command(`npm run ${name} --`)
    .description(description)
    .exitOverride(({ exitCode }) => process.exit(exitCode === 0 ? 0 : 2));

export const parseFlags = <Flags extends object>(command: Command): Flags =>
  command.parse(process.argv.slice(3), { from: 'user' }).opts<Flags>();

/** Reads a flag that is a whole number above zero. */
export function count(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new InvalidArgumentError('It must be a whole number above zero.');
}

/** The commit of the product that is checked; an unpacked package has none. */
export function commitOfProduct(): string {
  try {
    const args = ['-C', root, 'rev-parse', '--short', 'HEAD'];
    return execFileSync('git', args, { stdio: ['ignore', 'pipe', 'ignore'] })
      .toString()
      .trim();
  } catch {
    return 'none';
  }
}

/** Prints a text, and gives the exit code that goes with it. */
export function say(text: string, code = 0): number {
  console.log(text);
  return code;
}

/** Runs a program: its exit code is that of the process, 2 where it could not run. */
export function runMain(main: () => Promise<number>): void {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(2);
    },
  );
}
