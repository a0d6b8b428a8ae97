import { refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import type { Switched } from '../../contracts/run/rotation';
import { installationTag } from '../../environment/keys';
import { asStep, InfisicalHttp, type StepProgress } from '../http';
import { readProject } from '../identity/project';
import { rotateAdminPassword } from '../identity/rotate-admin-password';
import {
  prepareClientSecrets,
  retireClientSecrets,
  switchClientSecrets,
  type ClientSecretsInput,
} from '../identity/rotate-client-secrets';
import { unless } from '../problem';
import { listSecrets, writeSecrets } from '../secrets/secrets';
import { Session } from '../session';
import { connect, openStore, resolveAccess } from './access';
import { givenAdmin, operatorIdentity, writeRuntimeEnv, type AccessPlace } from './credentials';
import { heldIdentities } from './identities';

/** A credential that is made anew beside the old one. Each step may be repeated after a kill at any moment. */
export interface RotationSteps {
  /** Makes the new one, durable before it matters, and proves it where that can be done now. */
  prepare: () => Promise<string[]>;
  /** Gives the new one to its readers; `at` is when they had it first, in milliseconds since the epoch. */
  change: () => Promise<Switched>;
  /** Has others who hold a copy of it know the new one, once services run with it. */
  pass?: () => Promise<string[]>;
  /** Ends the old one, and proves that it is dead. */
  retire: () => Promise<string[]>;
}

/** Client secrets of the environment's own identities. */
export async function rotateClientSecrets(
  place: AccessPlace,
  address: string,
  progress: StepProgress = {},
): Promise<RotationSteps> {
  const { stateDir, variables } = place;
  if ((await operatorIdentity(stateDir, variables, address)) !== undefined)
    throw refused(
      `${place.environment} uses an identity that was given: rotate its client secret where it was made, and declare it again (onex-bootstrap declare).`,
    );
  const input: ClientSecretsInput = {
    ...(await adminOf(place, address, progress)),
    identities: await heldIdentities(place),
    tag: await installationTag(stateDir),
  };
  return {
    prepare: () => prepareClientSecrets(input),
    change: () => switchClientSecrets(input, () => writeRuntimeEnv(place, address)),
    retire: () => retireClientSecrets(input),
  };
}

/** The password of the administrator that the environment's Infisical was set up with. */
export const rotateAdmin = async (
  place: AccessPlace,
  address: string,
  progress: StepProgress = {},
): Promise<RotationSteps> => rotateAdminPassword(await adminOf(place, address, progress));

async function adminOf(place: AccessPlace, address: string, progress: StepProgress) {
  const { stateDir, variables, adminEmail: email, organization } = place;
  const http = await connect(place, address, progress);
  return { http, stateDir, email, organization, given: givenAdmin(variables) };
}

/** Writes the new value wherever Infisical holds the old one: nodes may read there what the stack made. */
export async function replaceCopies(
  place: AccessPlace,
  { old, next }: { old: Secret; next: Secret },
  progress: StepProgress,
): Promise<string[]> {
  const store = await openStore(place, 'seeder', asStep(progress));
  if (store === undefined) return [];
  const { session, scope } = store;
  const copies = (await listSecrets(session, scope)).filter(({ value }) => value.equals(old));
  await writeSecrets(
    session,
    scope,
    copies.map(({ folder, key }) => ({ action: 'UPDATE', folder, key, value: next })),
  );
  return copies.map(({ folder, key }) => `wrote a new ${folder}/${key}, which held a copy`);
}

/** A token of the runtime identity; undefined while there is none. */
export async function runtimeToken(place: AccessPlace, progress: StepProgress): Promise<Secret | undefined> {
  const store = await openStore(place, 'runtime', asStep(progress));
  return store?.session.during((token) => Promise.resolve(token));
}

/** Whether Infisical refuses a token that it gave out before. */
export async function refusesToken(
  place: AccessPlace,
  token: Secret,
  progress: StepProgress,
): Promise<boolean> {
  const access = await resolveAccess(place, 'runtime');
  if (access === undefined) return true;
  const http = new InfisicalHttp(access.address, { ...asStep(progress), ...access.trust });
  const read = readProject(new Session(http, token), access.projectId);
  return (await unless(read, 'tokenExpired', 'unauthorised', 'forbidden')) === undefined;
}
