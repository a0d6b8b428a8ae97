import type { Secret } from '../../contracts/core/secret';
import type { Scope } from '../backend';
import { InfisicalHttp, type HttpOptions } from '../http';
import type { IdentitySettings } from '../identity/identity';
import { assertSameServer, readServer, type BoundServer } from '../identity/server-binding';
import type { IdentityRole } from '../identity/state';
import { login, type Session } from '../session';
import type { Trust } from '../trust';
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
  /** How its server is known to be the one that is meant. */
  trust?: Trust;
  /** What the operator gave. */
  variables: ReadonlyMap<string, Secret>;
  projectSlug: string;
  /** Of the administrator and the organisation that a new instance gets. */
  adminEmail: string;
  organization: string;
  machineClass: string | undefined;
  /** What its identities are made with. */
  limits: Omit<IdentitySettings, 'grant'>;
  /** Services that have an identity of their own, and where they read it. */
  serviceEnvFiles: Readonly<Record<string, string>>;
}

/** An identity and the Infisical that it is of. */
export interface Access extends GivenIdentity {
  address: string;
  trust: Trust;
}

/**
 * The identity that acts in a role: the given one, else what provisioning stored, else the one in the runtime's env
 * file, where an adopted one is kept. Undefined while there is no Infisical to talk to.
 */
export async function resolveAccess(
  place: Pick<AccessPlace, 'external' | 'runtimeEnvFile' | 'stateDir' | 'trust' | 'variables'>,
  role: IdentityRole,
): Promise<Access | undefined> {
  const { stateDir, runtimeEnvFile, trust = {}, variables } = place;
  const server = await serverOf(place);
  if (server === undefined) return undefined;
  await assertSameServer(stateDir, server);
  const identity =
    (await operatorIdentity(stateDir, variables, server.address)) ??
    (await storedIdentity(stateDir, role)) ??
    (await keptIdentity(runtimeEnvFile, server.address));
  const { address, ofStack } = server;
  return identity && { ...identity, address, trust: ofStack ? trust : { ...trust, whyNotOurs: undefined } };
}

async function serverOf({
  external,
  stateDir,
  runtimeEnvFile,
  variables,
}: Parameters<typeof resolveAccess>[0]): Promise<BoundServer | undefined> {
  if (external !== undefined) return { address: external, ofStack: false };
  const bound = await readServer(stateDir);
  if (bound !== undefined) return bound;
  const runtimeEnv = await readRuntimeEnv(runtimeEnvFile);
  const address = (runtimeEnv.get('INFISICAL_ADDR') ?? variables.get('INFISICAL_ADDR'))?.reveal();
  return address === undefined ? undefined : { address, ofStack: false };
}

/** A session of one of the environment's identities, and where its secrets are. */
export interface Store {
  session: Session;
  scope: Scope;
}

/** Logs the identity of a role in; undefined while there is no Infisical to talk to. */
export async function openStore(
  place: Pick<
    AccessPlace,
    'environment' | 'external' | 'runtimeEnvFile' | 'stateDir' | 'trust' | 'variables'
  >,
  role: IdentityRole,
  options: HttpOptions = {},
): Promise<Store | undefined> {
  const access = await resolveAccess(place, role);
  if (access === undefined) return undefined;
  const session = await login(new InfisicalHttp(access.address, { ...options, ...access.trust }), access);
  return { session, scope: { projectId: access.projectId, environment: place.environment } };
}
