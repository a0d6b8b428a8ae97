import { readDeclarations } from '../../activities/seed/read-declarations';
import { serviceConfig, type ServiceConfig } from '../../reads/service-config';
import { asFailure } from '../../infisical/problem';
import type { BootstrapInput } from '../../contracts/settings/bootstrap-input';
import { auditOf } from '../audit-of';
import type { CommandContext } from '../command-context';
import { runChild, type ChildEnd } from '../exec/run-child';
import { ExitCode } from '../exit-code';
import { localSettings, readPlace } from '../local-settings';

export interface ExecOptions {
  service: string;
  nodes: readonly string[];
  /** Fail before the start where a required key is missing. */
  require: boolean;
}

/** Runs a command with its service's keys in its environment; ends as the command ends. */
export async function exec(
  [command = '', ...args]: string[],
  options: ExecOptions,
  input: BootstrapInput,
  context: CommandContext,
): Promise<ChildEnd> {
  const { config, terminal } = context;
  const settings = await localSettings(config, input);
  const tell = (message: string) => terminal.progress(`onex-bootstrap: ${message}`);
  const place = { ...settings, ...readPlace(settings, config) };
  const resolved = await serviceConfig(place, await readDeclarations(settings), options, {
    audit: auditOf(config, tell),
    onProblem: tell,
  }).catch((error: unknown) => {
    throw asFailure(error, `reading the keys of ${options.service}`);
  });
  report(resolved, tell);
  if (options.require && resolved.missingRequired.length > 0) {
    const message = `${command} was not started: ${resolved.missingRequired.join(', ')} missing for ${resolved.nodes.join(', ')}. Give the values and run onex-bootstrap up.`;
    return { kind: 'not started', code: ExitCode.execFailed, message };
  }
  if (context.detach.aborted)
    return {
      kind: 'not started',
      code: ExitCode.detached,
      message: `${command} was not started: interrupted.`,
    };
  const env = { ...context.inherited, ...plain(resolved) };
  return runChild(command, args, env);
}

function report({ missingRequired, conflicts, read }: ServiceConfig, tell: (message: string) => void): void {
  if (read?.ageSeconds !== undefined)
    tell(
      `Infisical cannot be reached: the keys are last known good copies, up to ${Math.round(read.ageSeconds)} s old`,
    );
  if (missingRequired.length > 0) tell(`missing: ${missingRequired.join(', ')}`);
  for (const { key, nodes } of conflicts)
    tell(
      `${key} differs between ${nodes.join(' and ')}; that of ${nodes[0]} is used (choose one with --node)`,
    );
}

// the one place where values become a process's environment
function plain({ values }: ServiceConfig): Record<string, string> {
  return Object.fromEntries([...values].map(([key, value]) => [key, value.reveal()]));
}
