import type { Secret } from '../../contracts/core/secret';
import { badInput } from '../../contracts/core/failures';
import type { IdentityFacts } from '../../contracts/report/outlines';
import type { Settings } from '../../contracts/settings/settings';
import { secretsGeneration } from '../infisical/detect-capabilities';
import { InfisicalHttp } from '../infisical/http/infisical-http';
import { adoptIdentity } from '../infisical/identity/adopt-identity';
import { givenIdentity } from './given-credentials';

/** Proves the identity that the operator gave and that its project has the environment; creates nothing. */
export async function adoptGivenIdentity(
  settings: Settings,
  address: string,
  variables: ReadonlyMap<string, Secret>,
): Promise<IdentityFacts | undefined> {
  const given = givenIdentity(variables);
  if (given === undefined) return undefined;
  const http = new InfisicalHttp(address);
  const { projectId, slug, environments } = await adoptIdentity({ http, ...given });
  if (!environments.includes(settings.environment)) {
    throw badInput(
      `Project ${slug} has no environment ${settings.environment}; it has ${environments.join(', ')}. Choose one with --environment.`,
    );
  }
  return { address, generation: await secretsGeneration(http), projectId };
}
