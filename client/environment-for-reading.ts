import type { DeclaredOptions } from '../environment/declaration';
import type { Environment } from '../environment/environment';
import type { Host } from '../environment/host';
import { resolveAccess } from '../infisical/access/access';

/**
 * The environment that is to be read, as this shell has it. One that was never declared is refused where no identity is
 * given for it: nothing could be read, and a misspelt name would pass for an environment without secrets.
 */
export async function environmentForReading(
  host: Host,
  named: string | undefined,
  flags: DeclaredOptions,
): Promise<Environment> {
  const environment = await host.forReading(named, flags);
  const name = environment.environment;
  const isDeclared = (await host.environments()).includes(name);
  if (!isDeclared && (await resolveAccess(environment, 'runtime')) === undefined) await host.choose(name);
  return environment;
}
