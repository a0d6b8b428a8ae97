import { badInput, refused } from '../../contracts/core/failures';
import { Secret, shownSecrets } from '../../contracts/core/secret';
import { isLoopback, isSameAddress } from '../../contracts/core/server-address';
import { parseEnvValues } from '../../contracts/values';
import { updateEnvFile } from '../../environment/files/env-file';
import { readKept } from '../../environment/files/system';
import {
  readServer,
  writeServer,
  completeIdentity,
  readIdentityState,
  type IdentityRole,
} from '../identity/state';
import type { UniversalAuth } from '../session';
import type { Trust } from '../trust';
import type { Loose } from '../../contracts/core/record';
import type { Environment } from '../../environment/environment';

/** What an environment says about its Infisical and the identities there. */
export type AccessPlace = Loose<
  Pick<
    Environment,
    | ('environment' | 'stateDir' | 'variables' | 'external' | 'machineClass' | 'projectSlug' | 'limits')
    | ('adminEmail' | 'organization' | 'runtimeEnvFile' | 'serviceEnvFiles')
  >
> & {
  /** How its server is known to be the one that is meant. */
  trust?: Trust;
};

/** A machine identity and the project that it is for. */
export interface GivenIdentity extends UniversalAuth {
  projectId: string;
}

type Variables = ReadonlyMap<string, Secret>;

const TRIO = ['INFISICAL_CLIENT_ID', 'INFISICAL_CLIENT_SECRET', 'INFISICAL_PROJECT_ID'] as const;

/**
 * The identity in a set of variables: all three, or none; two of three is BadInput that names the third, and the file
 * that they were read from.
 */
export function givenIdentity(variables: Variables, file?: string): GivenIdentity | undefined {
  const [clientId, clientSecret, projectId] = TRIO.map((name) => variables.get(name));
  if (clientId && clientSecret && projectId)
    return { clientId: clientId.reveal(), clientSecret, projectId: projectId.reveal() };
  const absent = TRIO.filter((name) => variables.get(name) === undefined);
  if (absent.length === TRIO.length) return undefined;
  const where = file === undefined ? '' : ` in ${file}`;
  throw badInput(
    `${absent.join(' and ')} ${absent.length === 1 ? 'is' : 'are'} missing${where}: give all of ${TRIO.join(', ')}, or none of them.`,
  );
}

/** The administrator in a set of variables. */
export function givenAdmin(variables: Variables): { email: string; password: Secret } | undefined {
  const [email, password] = ['INFISICAL_ADMIN_EMAIL', 'INFISICAL_ADMIN_PASSWORD'].map((name) =>
    variables.get(name),
  );
  if (email && password) return { email: email.reveal(), password };
  if (email || password)
    throw badInput('Give both INFISICAL_ADMIN_EMAIL and INFISICAL_ADMIN_PASSWORD, or neither.');
  return undefined;
}

/**
 * The identity that the operator gave. One of ours is not: a shell that has read the runtime's env
 * file must not turn the next `up` into an adoption that may only read. One that came with the address of another
 * Infisical, as a shell has it that has read another env file, is Refused.
 */
export async function operatorIdentity(
  stateDir: string,
  variables: Variables,
  address: string,
): Promise<GivenIdentity | undefined> {
  const given = givenIdentity(variables);
  if (given === undefined) return undefined;
  const own = Object.values((await readIdentityState(stateDir))?.identities ?? {});
  if (own.some(({ clientId }) => clientId === given.clientId)) return undefined;
  const of = variables.get('INFISICAL_ADDR')?.reveal();
  if (of === undefined || isSameAddress(of, address)) return given;
  throw refused(
    `The identity in INFISICAL_CLIENT_ID is of another Infisical (INFISICAL_ADDR) than ${address}, which does not get it. Unset the INFISICAL_ variables, or give an identity of that one.`,
  );
}

/** What provisioning stored for a role. */
export async function storedIdentity(
  stateDir: string,
  role: IdentityRole,
): Promise<GivenIdentity | undefined> {
  const state = await readIdentityState(stateDir);
  const identity = state && completeIdentity(state, role);
  if (!state || !identity) return undefined;
  const { clientId, clientSecret } = identity;
  return { clientId, clientSecret, projectId: state.projectId };
}

/** What the runtime's env file says; nothing where there is none yet. */
export async function readRuntimeEnv(runtimeEnvFile: string): Promise<Variables> {
  const bytes = await readKept(runtimeEnvFile);
  if (bytes === undefined) return new Map();
  // An address or an environment is no secret: messages may name them.
  const values = shownSecrets(() => parseEnvValues(bytes).values);
  const secret = values.get('INFISICAL_CLIENT_SECRET');
  if (secret !== undefined) values.set('INFISICAL_CLIENT_SECRET', new Secret(secret.reveal()));
  return values;
}

/** The identity that an adoption left in the runtime's env file; it is shown to the Infisical of that file only. */
export async function keptIdentity(
  runtimeEnvFile: string,
  address: string,
): Promise<GivenIdentity | undefined> {
  const runtimeEnv = await readRuntimeEnv(runtimeEnvFile);
  if (runtimeEnv.get('INFISICAL_ADDR')?.reveal() !== address) return undefined;
  return givenIdentity(runtimeEnv, runtimeEnvFile);
}

/**
 * Gives the runtime its address and identity in its env file, and services with an identity of their own theirs; other
 * lines of the files stay as they are.
 */
export async function writeRuntimeEnv(
  place: Pick<
    AccessPlace,
    'environment' | 'stateDir' | 'runtimeEnvFile' | 'serviceEnvFiles' | 'trust' | 'variables'
  >,
  address: string,
): Promise<{ changes: string[] }> {
  const { environment, stateDir, runtimeEnvFile, serviceEnvFiles, trust = {}, variables } = place;
  const write = async (file: string, { clientId, clientSecret, projectId }: GivenIdentity) =>
    updateEnvFile(file, {
      INFISICAL_ADDR: address,
      INFISICAL_CLIENT_ID: clientId,
      INFISICAL_CLIENT_SECRET: clientSecret,
      INFISICAL_PROJECT_ID: projectId,
      INFISICAL_ENVIRONMENT: environment,
      ...(await howToReach(file, trust, address)),
    });
  const given = await operatorIdentity(stateDir, variables, address);
  const identity =
    given ?? (await storedIdentity(stateDir, 'runtime')) ?? (await keptIdentity(runtimeEnvFile, address));
  if (identity === undefined)
    throw refused(
      `${stateDir}/identity.json holds no runtime identity: run onex-bootstrap up -e ${environment}`,
    );
  const changes: string[] = [];
  if ((await write(runtimeEnvFile, identity)) === 'written')
    changes.push('wrote the runtime identity into its env file');
  for (const [service, file] of Object.entries(serviceEnvFiles)) {
    const own = await storedIdentity(stateDir, `service/${service}`);
    if (given !== undefined || own === undefined)
      throw refused(
        `${service} cannot have an identity of its own (--runtime-env ${service}=FILE): only an administrator makes them, and this environment uses an identity that was given. Give INFISICAL_ADMIN_EMAIL and INFISICAL_ADMIN_PASSWORD in place of it, or leave the option out.`,
      );
    if ((await write(file, own)) === 'written')
      changes.push(`wrote the identity of ${service} into its env file`);
  }
  return { changes };
}

/** What the credentials are of has another address from now on, as its operator says; false where nothing was of another one. */
export async function moveInfisical(
  place: Pick<AccessPlace, 'external' | 'stateDir' | 'runtimeEnvFile'> & {
    infisicalAddress: () => Promise<string>;
  },
): Promise<boolean> {
  const { external, stateDir, runtimeEnvFile } = place;
  const address = await place.infisicalAddress();
  const before = await readServer(stateDir);
  if (before === undefined || isSameAddress(before.address, address)) return false;
  // an adopted identity is in that file only
  if ((await keptIdentity(runtimeEnvFile, before.address)) !== undefined)
    await updateEnvFile(runtimeEnvFile, { INFISICAL_ADDR: address });
  await writeServer(stateDir, { address, ofStack: external === undefined });
  return true;
}

/** What readers need besides the address; a line of before that is no longer declared says so. */
async function howToReach(
  runtimeEnvFile: string,
  { caFile, insecureHttp = false }: Trust,
  address: string,
): Promise<Record<string, string>> {
  const before = await readRuntimeEnv(runtimeEnvFile);
  const isClear = insecureHttp || (address.startsWith('http:') && !isLoopback(address));
  return {
    ...(caFile !== undefined || before.has('INFISICAL_CA_FILE') ? { INFISICAL_CA_FILE: caFile ?? '' } : {}),
    ...(isClear || before.has('INFISICAL_INSECURE_HTTP') ? { INFISICAL_INSECURE_HTTP: String(isClear) } : {}),
  };
}
