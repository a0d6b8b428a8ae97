import type { CommandContext } from '../command-context';
import type { ExitCode } from '../exit-code';
export async function down(
  _f: { environment?: string; volumes?: boolean },
  _c: CommandContext,
): Promise<ExitCode> {
  return 0;
}
