import type { Scope } from '../backend';
import { asStep, InfisicalHttp, type HttpOptions, type StepProgress } from '../http';
import { assertSameServer, readServer, type BoundServer, type IdentityRole } from '../identity/state';
import { login, sessionOf, type Session, type UniversalAuth } from '../session';
import type { Trust } from '../trust';
import {
  keptIdentity,
  operatorIdentity,
  readRuntimeEnv,
  storedIdentity,
  type AccessPlace,
  type GivenIdentity,
} from './credentials';
import { keepToken, keptToken, type Holder } from './kept-tokens';

type ServerPlace = Pick<AccessPlace, 'external' | 'runtimeEnvFile' | 'stateDir' | 'trust' | 'variables'>;

type StorePlace = ServerPlace & Pick<AccessPlace, 'environment'>;

/** An identity and the Infisical that it is of. */
export interface Access extends GivenIdentity {
  address: string;
  trust: Trust;
}

/**
 * The identity that acts in a role: the given one, else what provisioning stored, else the one in the runtime's env
 * file, where an adopted one is kept. Undefined while there is no Infisical to talk to.
 */
export async function resolveAccess(place: ServerPlace, role: IdentityRole): Promise<Access | undefined> {
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
}: ServerPlace): Promise<BoundServer | undefined> {
  if (external !== undefined) return { address: external, ofStack: false };
  const bound = await readServer(stateDir);
  if (bound !== undefined) return bound;
  const runtimeEnv = await readRuntimeEnv(runtimeEnvFile);
  const address = (runtimeEnv.get('INFISICAL_ADDR') ?? variables.get('INFISICAL_ADDR'))?.reveal();
  return address === undefined ? undefined : { address, ofStack: false };
}

/** A client of the Infisical at an address; Refused where the environment's credentials are of another one. */
export async function connect(
  { stateDir, external, trust }: Pick<AccessPlace, 'stateDir' | 'external' | 'trust'>,
  address: string,
  progress: StepProgress,
): Promise<InfisicalHttp> {
  const http = new InfisicalHttp(address, { ...asStep(progress), ...trust });
  await assertSameServer(stateDir, { address: http.address, ofStack: external === undefined });
  return http;
}

/** A session of one of the environment's identities, and where its secrets are. */
export interface Store {
  session: Session;
  scope: Scope;
}

/**
 * The store for a step that reads or writes as a role: it goes on with the token that the step before it got. Undefined
 * while there is no Infisical to talk to.
 */
export async function workStore(
  place: StorePlace,
  role: IdentityRole,
  progress: StepProgress,
): Promise<Store | undefined> {
  const access = await resolveAccess(place, role);
  if (access === undefined) return undefined;
  const http = new InfisicalHttp(access.address, { ...asStep(progress), ...access.trust });
  const session = sessionOf(http, access, keptToken(place, holderOf(http, access)));
  await keepTokenOf(place, session, access);
  return { session, scope: { projectId: access.projectId, environment: place.environment } };
}

/** Keeps a session's token for the steps that follow; one that has none yet logs in. */
export async function keepTokenOf(place: object, session: Session, identity: UniversalAuth): Promise<void> {
  keepToken(place, holderOf(session.http, identity), await session.ready());
}

const holderOf = ({ address }: InfisicalHttp, { clientId, clientSecret }: UniversalAuth): Holder => ({
  address,
  name: clientId,
  secret: clientSecret,
});

/** Logs the identity of a role in, which proves it; undefined while there is no Infisical to talk to. */
export async function openStore(
  place: StorePlace,
  role: IdentityRole,
  options: HttpOptions = {},
): Promise<Store | undefined> {
  const access = await resolveAccess(place, role);
  if (access === undefined) return undefined;
  const session = await login(new InfisicalHttp(access.address, { ...options, ...access.trust }), access);
  return { session, scope: { projectId: access.projectId, environment: place.environment } };
}
