import { refused } from '../../contracts/core/failures';
import { installationTag } from '../../environment/keys';
import { InfisicalHttp, asStep, type StepProgress } from '../http';
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
  change: () => Promise<{ changes: string[]; at: number }>;
  /** Ends the old one, and proves that it is dead. */
  retire: () => Promise<string[]>;
}

/** Client secrets of the environment's own identities. */
export async function rotateClientSecrets(
  place: AccessPlace,
  address: string,
  progress: StepProgress = {},
): Promise<RotationSteps> {
  const { stateDir, variables, external } = place;
  if ((await operatorIdentity(stateDir, variables, address)) !== undefined)
    throw refused(
      `${place.environment} uses an identity that was given: rotate its client secret where it was made, and declare it again (onex-bootstrap declare).`,
    );
  const http = new InfisicalHttp(address, { ...asStep(progress), ...place.trust });
  await assertSameServer(stateDir, { address: http.address, ofStack: external === undefined });
  const input: ClientSecretsInput = {
    http,
    stateDir,
    email: place.adminEmail,
    organization: place.organization,
    given: givenAdmin(variables),
    identities: wantedIdentities(place),
    tag: await installationTag(stateDir),
  };
  return {
    prepare: () => prepareClientSecrets(input),
    change: () => switchClientSecrets(input, () => writeRuntimeEnv(place, address)),
    retire: () => retireClientSecrets(input),
  };
}
