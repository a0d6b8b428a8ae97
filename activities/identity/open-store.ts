import { readFile } from 'node:fs/promises';
import type { Secret } from '../../contracts/core/secret';
import type { Settings } from '../../contracts/settings/settings';
import { parseEnvValues } from '../../contracts/values/parse-env-values';
import { isErrno } from '../files/is-errno';
import { InfisicalHttp, type HttpOptions } from '../infisical/http/infisical-http';
import { login } from '../infisical/login';
import type { Scope } from '../infisical/secrets/scope';
import type { Session } from '../infisical/session';
import { readIdentityState, type IdentityRole } from '../infisical/state/identity-state';
import { givenIdentity, type GivenIdentity } from './given-credentials';

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
  const runtimeEnv = await readEnvFile(settings.runtimeEnvFile);
  const state = await readIdentityState(settings.stateDir);
  const address =
    external ??
    state?.address ??
    reveal(runtimeEnv.get('INFISICAL_ADDR')) ??
    reveal(variables.get('INFISICAL_ADDR'));
  if (address === undefined) return undefined;
  const given = givenIdentity(variables);
  if (given !== undefined) return { ...given, address };
  const stored = state?.identities[role];
  if (state !== undefined && stored?.clientId !== undefined && stored.clientSecret !== undefined) {
    const { clientId, clientSecret } = stored;
    return { clientId, clientSecret, projectId: state.projectId, address };
  }
  const adopted = givenIdentity(runtimeEnv);
  return adopted === undefined ? undefined : { ...adopted, address };
}

async function readEnvFile(path: string): Promise<ReadonlyMap<string, Secret>> {
  try {
    return parseEnvValues(await readFile(path)).values;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return new Map();
    throw error;
  }
}

const reveal = (secret: Secret | undefined) => secret?.reveal();
