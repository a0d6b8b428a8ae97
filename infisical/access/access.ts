import type { Secret } from '../../contracts/core/secret';
import type { Scope } from '../backend';
import { InfisicalHttp, type HttpOptions } from '../http';
import { assertSameServer, readIdentityState, type IdentityRole } from '../identity/state';
import { login, type Session } from '../session';
import {
  keptIdentity,
  operatorIdentity,
  readRuntimeEnv,
  storedIdentity,
  type GivenIdentity,
} from './credentials';

/** What an environment says about its Infisical and the identities there. */
export interface AccessPlace {
  /** Name, and the environment's slug in the project. */
  environment: string;
  /** Where the credentials that we made are kept. */
  stateDir: string;
  /** Where the runtime reads its address and identity. */
  runtimeEnvFile: string;
  /** Address of an Infisical that somebody else runs. */
  external?: string | undefined;
  /** What the operator gave. */
  variables: ReadonlyMap<string, Secret>;
  projectSlug: string;
  /** Of the administrator and the organisation that a new instance gets. */
  adminEmail: string;
  organization: string;
}

/** An identity and the Infisical that it is of. */
export interface Access extends GivenIdentity {
  address: string;
}

/**
 * The identity that acts in a role: the given one, else what provisioning stored, else the one in the runtime's env
 * file, where an adopted one is kept. Undefined while there is no Infisical to talk to.
 */
export async function resolveAccess(
  place: Pick<AccessPlace, 'external' | 'runtimeEnvFile' | 'stateDir' | 'variables'>,
  role: IdentityRole,
): Promise<Access | undefined> {
  const { stateDir, runtimeEnvFile, variables } = place;
  const address = await addressOf(place);
  if (address === undefined) return undefined;
  const given = await operatorIdentity(stateDir, variables);
  if (given !== undefined) return { ...given, address };
  const stored = await storedIdentity(stateDir, role);
  if (stored !== undefined) {
    assertSameServer(stored, address, stateDir);
    return { ...stored, address };
  }
  const kept = await keptIdentity(runtimeEnvFile, address);
  return kept && { ...kept, address };
}

async function addressOf({
  external,
  stateDir,
  runtimeEnvFile,
  variables,
}: Parameters<typeof resolveAccess>[0]): Promise<string | undefined> {
  if (external !== undefined) return external;
  const state = await readIdentityState(stateDir);
  if (state !== undefined) return state.address;
  const runtimeEnv = await readRuntimeEnv(runtimeEnvFile);
  return (runtimeEnv.get('INFISICAL_ADDR') ?? variables.get('INFISICAL_ADDR'))?.reveal();
}

/** A session of one of the environment's identities, and where its secrets are. */
export interface Store {
  session: Session;
  scope: Scope;
}

/** Logs the identity of a role in; undefined while there is no Infisical to talk to. */
export async function openStore(
  place: Pick<AccessPlace, 'environment' | 'external' | 'runtimeEnvFile' | 'stateDir' | 'variables'>,
  role: IdentityRole,
  options: HttpOptions = {},
): Promise<Store | undefined> {
  const access = await resolveAccess(place, role);
  if (access === undefined) return undefined;
  const session = await login(new InfisicalHttp(access.address, options), access);
  return { session, scope: { projectId: access.projectId, environment: place.environment } };
}
