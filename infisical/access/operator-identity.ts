import type { Secret } from '../../contracts/core/secret';
import type { Settings } from '../../contracts/settings/settings';
import { readIdentityState } from '../state/identity-state';
import { givenIdentity, type GivenIdentity } from './given-credentials';

/**
 * The identity that the operator gave. Our own runtime identity is not one: a shell that has read the runtime's env
 * file must not turn the next `up` into an adoption that may only read.
 */
export async function operatorIdentity(
  { stateDir }: Pick<Settings, 'stateDir'>,
  variables: ReadonlyMap<string, Secret>,
): Promise<GivenIdentity | undefined> {
  const given = givenIdentity(variables);
  if (given === undefined) return undefined;
  const own = (await readIdentityState(stateDir))?.identities.runtime;
  return own?.clientId === given.clientId ? undefined : given;
}
