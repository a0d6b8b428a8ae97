import type { Secret } from '../../contracts/core/secret';
import type { Settings } from '../../contracts/settings/settings';
import { assertSameServer } from '../identity/assert-same-server';
import { readIdentityState, type IdentityRole } from '../state/identity-state';
import type { GivenIdentity } from './given-credentials';
import { keptIdentity, readRuntimeEnv } from './kept-identity';
import { operatorIdentity } from './operator-identity';

/** An identity and the Infisical that it is of. */
export interface Access extends GivenIdentity {
  address: string;
}

/**
 * The identity that acts in a role: the given one, else what provisioning stored, else the one in the runtime's env
 * file, where an adopted one is kept. Undefined while there is no Infisical to talk to.
 */
export async function resolveAccess(
  settings: Pick<Settings, 'infrastructure' | 'runtimeEnvFile' | 'stateDir'>,
  role: IdentityRole,
  variables: ReadonlyMap<string, Secret>,
): Promise<Access | undefined> {
  const external = settings.infrastructure.kind === 'external' ? settings.infrastructure.address : undefined;
  const runtimeEnv = await readRuntimeEnv(settings);
  const state = await readIdentityState(settings.stateDir);
  const address =
    external ??
    state?.address ??
    reveal(runtimeEnv.get('INFISICAL_ADDR')) ??
    reveal(variables.get('INFISICAL_ADDR'));
  if (address === undefined) return undefined;
  const given = await operatorIdentity(settings, variables);
  if (given !== undefined) return { ...given, address };
  const stored = state?.identities[role];
  if (state !== undefined && stored?.clientId !== undefined && stored.clientSecret !== undefined) {
    assertSameServer(state, address, settings.stateDir);
    const { clientId, clientSecret } = stored;
    return { clientId, clientSecret, projectId: state.projectId, address };
  }
  const adopted = await keptIdentity(settings, address);
  return adopted === undefined ? undefined : { ...adopted, address };
}

const reveal = (secret: Secret | undefined) => secret?.reveal();
