import type { Secret } from '../../contracts/core/secret';
import { badInput } from '../../contracts/core/failures';
import type { IdentityFacts } from '../../contracts/report/outlines';
import type { Settings } from '../../contracts/settings/settings';
import { secretsGeneration } from '../detect-capabilities';
import { isInfisicalError } from '../problem';
import { InfisicalHttp } from '../http';
import { adoptIdentity } from '../identity/adopt-identity';
import { readAdminCredentials } from '../state/admin-credentials';
import { readIdentityState } from '../state/identity-state';
import { givenAdmin, type GivenIdentity } from './given-credentials';
import { keptIdentity } from './kept-identity';
import { operatorIdentity } from './operator-identity';

/**
 * Proves the identity that the operator gave, now or in an earlier run, and that its project has the environment;
 * creates nothing. Undefined where identities are ours to make: none was given, the kept one is dead, or the
 * administrator is ours.
 */
export async function adoptGivenIdentity(
  settings: Settings,
  address: string,
  variables: ReadonlyMap<string, Secret>,
): Promise<IdentityFacts | undefined> {
  const given = await operatorIdentity(settings, variables);
  if (given !== undefined) return adopt(settings, address, given);
  if (givenAdmin(variables) !== undefined) return undefined;
  if ((await readIdentityState(settings.stateDir)) !== undefined) return undefined;
  // the env file holds our own reader then: adopting it would leave the lost seeder's secret alive
  if ((await readAdminCredentials(settings.stateDir)) !== undefined) return undefined;
  const kept = await keptIdentity(settings, address);
  if (kept === undefined) return undefined;
  try {
    return await adopt(settings, address, kept);
  } catch (error) {
    if (isInfisicalError(error, 'unauthorised', 'forbidden', 'notFound')) return undefined;
    throw error;
  }
}

async function adopt(settings: Settings, address: string, given: GivenIdentity): Promise<IdentityFacts> {
  const http = new InfisicalHttp(address);
  const { projectId, slug, environments } = await adoptIdentity({ http, ...given });
  if (!environments.includes(settings.environment)) {
    throw badInput(
      `Project ${slug} has no environment ${settings.environment}; it has ${environments.join(', ')}. Choose one with --environment.`,
    );
  }
  return { address, generation: await secretsGeneration(http), projectId };
}
