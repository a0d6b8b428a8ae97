import type { Secret } from '../../contracts/core/secret';
import type { Settings } from '../../contracts/settings/settings';
import { InfisicalHttp, type HttpOptions } from '../infisical/http/infisical-http';
import { assertSameServer } from '../infisical/identity/assert-same-server';
import { login } from '../infisical/login';
import type { Scope } from '../infisical/secrets/scope';
import type { Session } from '../infisical/session';
import { readIdentityState, type IdentityRole } from '../infisical/state/identity-state';
import type { GivenIdentity } from './given-credentials';
import { keptIdentity, readRuntimeEnv } from './kept-identity';
import { operatorIdentity } from './operator-identity';

export interface Store {
  session: Session;
  scope: Scope;
}

interface Access extends GivenIdentity {
  address: string;
}

/** A session of one of the environment's identities; undefined while there is no Infisical to talk to. */
export async function openStore(
  settings: Settings,
  role: IdentityRole,
  variables: ReadonlyMap<string, Secret>,
  options: HttpOptions = {},
): Promise<Store | undefined> {
  const access = await accessOf(settings, role, variables);
  if (access === undefined) return undefined;
  const session = await login(new InfisicalHttp(access.address, options), access);
  return { session, scope: { projectId: access.projectId, environment: settings.environment } };
}

// Given credentials win; then what provisioning stored; then the runtime's env file, where an adopted one is kept.
async function accessOf(
  settings: Settings,
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
