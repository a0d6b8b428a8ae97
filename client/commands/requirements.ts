import { relative } from 'node:path';
import { describeRequirements } from '../../contracts/requirements';
import { readContracts } from '../../environment/declared-contracts';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';

/** Prints what the contracts need; needs no server, no engine and no worker. */
export async function requirements(
  dirs: string[],
  { allowKey }: { allowKey?: string[] },
  { terminal, json, config, host }: CommandContext,
): Promise<ExitCode> {
  const described = describeRequirements(await readContracts(dirs, host.contracts, allowKey));
  if (json) {
    terminal.line(JSON.stringify(described, null, 2));
  } else {
    for (const { path, node, requirements: needs, problems } of described.files) {
      if (needs.length > 0) terminal.line(`${node}  (${relative(config.workingDir, path)})`);
      for (const { key, transport, required } of needs) {
        terminal.line(`  ${key}  ${transport}${required ? '' : '  optional'}`);
      }
      for (const { message, line } of problems) {
        terminal.line(
          terminal.paint('yellow', `problem: ${path}${line === undefined ? '' : `:${line}`}: ${message}`),
        );
      }
    }
    terminal.line(
      `${described.files.length} files, ${described.transports.length} transports, ${described.keys.length} keys`,
    );
  }
  return ExitCode.ok;
}
