import { badInput } from '../../contracts/core/failures';
import type { DeclaredOptions } from '../../environment/declaration';
import { asFailure } from '../../infisical/problem';
import { serviceConfig, type ServiceConfig } from '../../reads/service-config';
import { auditOf } from '../audit-of';
import type { CommandContext } from '../command-context';
import { environmentForReading } from '../environment-for-reading';
import { runChild, type ChildEnd } from '../exec/run-child';
import { ExitCode } from '../exit-code';
import { notExpanded } from './secrets';

export interface ExecOptions {
  environment: string | undefined;
  service: string;
  nodes: readonly string[];
  /** Fail before the start where a required key is missing. */
  require: boolean;
}

/** Runs a command with its service's keys in its environment; ends as the command ends. */
export async function exec(
  [command = '', ...args]: string[],
  options: ExecOptions,
  declared: DeclaredOptions,
  context: CommandContext,
): Promise<ChildEnd> {
  const { config, host, terminal } = context;
  if (command === '') throw badInput('Name a command after --.');
  const environment = await environmentForReading(host, options.environment, declared);
  const tell = (message: string) => terminal.progress(`onex-bootstrap: ${message}`);
  const resolved = await serviceConfig(environment, await environment.declared(), options, {
    audit: auditOf(config, tell),
    onProblem: tell,
  }).catch((error: unknown) => {
    throw asFailure(error, `reading the keys of ${options.service}`);
  });
  report(resolved, environment.expand, tell);
  if (options.require && resolved.missingRequired.length > 0) {
    const message = `${command} was not started: ${resolved.missingRequired.join(', ')} missing for ${resolved.nodes.join(', ')}. Give the values and run: onex-bootstrap up -e ${environment.environment}`;
    return { kind: 'not started', code: ExitCode.execFailed, message };
  }
  const env = { ...context.inherited, ...plain(resolved) };
  return runChild(command, args, env);
}

function report(
  { missingRequired, conflicts, read, unexpanded }: ServiceConfig,
  expand: boolean,
  tell: (message: string) => void,
): void {
  if (read?.ageSeconds !== undefined)
    tell(
      `Infisical cannot be reached: the keys are last known good copies, up to ${Math.round(read.ageSeconds)} s old`,
    );
  if (missingRequired.length > 0) tell(`missing: ${missingRequired.join(', ')}`);
  if (read !== undefined && missingRequired.length > 0 && !expand)
    tell('imported folders were not looked into: --expand');
  if (unexpanded.length > 0) tell(notExpanded(unexpanded.join(', '), expand));
  for (const { key, nodes } of conflicts)
    tell(
      `${key} differs between ${nodes.join(' and ')}; that of ${nodes[0]} is used (choose one with --node)`,
    );
}

// the one place where values become a process's environment
function plain({ values }: ServiceConfig): Record<string, string> {
  return Object.fromEntries([...values].map(([key, value]) => [key, value.reveal()]));
}
