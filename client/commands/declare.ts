import { refused } from '../../contracts/core/failures';
import type { DeclaredOptions } from '../../environment/declaration';
import type { Declared } from '../../environment/declare';
import { moveInfisical } from '../../infisical/access/credentials';
import type { CommandContext } from '../command-context';
import { ExitCode } from '../exit-code';
import { environmentToDeclare } from '../options';

interface Asked {
  environment?: string;
  options: DeclaredOptions;
  reset?: boolean;
  trial?: boolean;
  /** Whether Infisical is the one of before, at a new address. */
  moved?: boolean;
}

/** Declares the environment that is meant, and says what that changed. */
export async function declareFor(
  { host, terminal }: CommandContext,
  { environment: named, options, reset = false, trial = false, moved = false }: Asked,
): Promise<Declared & { environment: string }> {
  const environment = await environmentToDeclare(host, named);
  const home = await host.homeOf(environment);
  if (home !== undefined && options.home === undefined)
    throw refused(
      `${environment} has its home at ${home}, and this host only joined it: nothing was declared. What this host is there, it says by onex-bootstrap join -e ${environment}`,
    );
  const declared = await host.declare({ environment, flags: options, reset, trial });
  const what = trial ? 'tried, not declared' : 'declared';
  for (const change of declared.changes) terminal.progress(`${environment} ${what}, ${change}`);
  if (moved && !trial && (await moveInfisical(await host.newest(environment))))
    terminal.progress(
      `${environment}: its credentials are for ${options.infisical ?? 'its stack'} from now on`,
    );
  return { ...declared, environment };
}

/** `declare`: writes the declaration and nothing else. */
export async function declare(asked: Asked, context: CommandContext): Promise<ExitCode> {
  const { environment, declaration, digest, changes } = await declareFor(context, asked);
  const { terminal, json } = context;
  if (json) {
    const { given: _, ...shown } = declaration;
    const variables = Object.keys(declaration.variables);
    terminal.line(
      JSON.stringify({ environment, digest, changes, declaration: { ...shown, variables } }, null, 2),
    );
    return ExitCode.ok;
  }
  const { infrastructure, contracts, values } = declaration;
  terminal.line(`  environment  ${environment}`);
  if (infrastructure.kind === 'stack') terminal.line(`  stack        ${infrastructure.file}`);
  else terminal.line(`  Infisical    ${infrastructure.address}`);
  if (declaration.localImages)
    terminal.line('  images       built here where no registry answers: for a try');
  terminal.line(`  contracts    ${contracts.join(', ')}`);
  const files = values.map(({ path, service }) => (service === undefined ? path : `${service}=${path}`));
  terminal.line(`  values       ${files.join(', ') || 'none'}`);
  terminal.line(`  variables    ${Object.keys(declaration.variables).join(', ') || 'none'}`);
  terminal.line(
    changes.length === 0 ? 'Nothing changed.' : `Changed. Bring it up: onex-bootstrap up -e ${environment}`,
  );
  return ExitCode.ok;
}
