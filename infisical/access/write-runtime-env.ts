import type { Secret } from '../../contracts/core/secret';
import { refused } from '../../contracts/core/failures';
import type { Settings } from '../../contracts/settings/settings';
import { updateEnvFile } from '../../environment/files/env-file';
import { readIdentityState } from '../state/identity-state';
import type { Changed } from '../../activities/host-activities';
import type { GivenIdentity } from './given-credentials';
import { keptIdentity } from './kept-identity';
import { operatorIdentity } from './operator-identity';

/** Gives the runtime its address and identity in its env file; other lines of the file stay as they are. */
export async function writeRuntimeEnv(
  settings: Settings,
  address: string,
  variables: ReadonlyMap<string, Secret>,
): Promise<Changed> {
  const { clientId, clientSecret, projectId } =
    (await operatorIdentity(settings, variables)) ??
    (await storedRuntime(settings.stateDir)) ??
    (await keptIdentity(settings, address)) ??
    noIdentity(settings.stateDir);
  const written = await updateEnvFile(settings.runtimeEnvFile, {
    INFISICAL_ADDR: address,
    INFISICAL_CLIENT_ID: clientId,
    INFISICAL_CLIENT_SECRET: clientSecret,
    INFISICAL_PROJECT_ID: projectId,
    INFISICAL_ENVIRONMENT: settings.environment,
  });
  return {
    changes: written === 'written' ? [`wrote the runtime identity to ${settings.runtimeEnvFile}`] : [],
  };
}

async function storedRuntime(stateDir: string): Promise<GivenIdentity | undefined> {
  const state = await readIdentityState(stateDir);
  const { clientId, clientSecret } = state?.identities.runtime ?? {};
  if (state === undefined || clientId === undefined || clientSecret === undefined) return undefined;
  return { clientId, clientSecret, projectId: state.projectId };
}

function noIdentity(stateDir: string): never {
  throw refused(`${stateDir}/identity.json holds no runtime identity: run onex-bootstrap up.`);
}
