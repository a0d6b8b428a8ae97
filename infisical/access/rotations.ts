import { refused } from '../../contracts/core/failures';
import type { Switched } from '../../contracts/run/rotation';
import { installationTag } from '../../environment/keys';
import { InfisicalHttp, asStep, type StepProgress } from '../http';
import { rotateAdminPassword } from '../identity/rotate-admin-password';
import {
  prepareClientSecrets,
  retireClientSecrets,
  switchClientSecrets,
  type ClientSecretsInput,
} from '../identity/rotate-client-secrets';
import { assertSameServer } from '../identity/server-binding';
import type { AccessPlace } from './access';
import { givenAdmin, operatorIdentity, writeRuntimeEnv } from './credentials';
import { wantedIdentities } from './identities';

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
    identities: wantedIdentities(place),
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
  const { stateDir, variables, external, adminEmail: email, organization } = place;
  const http = new InfisicalHttp(address, { ...asStep(progress), ...place.trust });
  await assertSameServer(stateDir, { address: http.address, ofStack: external === undefined });
  return { http, stateDir, email, organization, given: givenAdmin(variables) };
}
