import type { CommandContext } from '../command-context';
import type { ExitCode } from '../exit-code';
export async function status(_f: { environment?: string }, _c: CommandContext): Promise<ExitCode> {
  return 0;
}
