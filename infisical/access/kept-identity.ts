import { readFile } from 'node:fs/promises';
import { Secret } from '../../contracts/core/secret';
import { outsideSecretScope } from '../../contracts/core/secret-scope';
import type { Settings } from '../../contracts/settings/settings';
import { parseEnvValues } from '../../contracts/values';
import { isErrno } from '../../environment/files/system';
import { givenIdentity, type GivenIdentity } from './given-credentials';

const CLIENT_SECRET = 'INFISICAL_CLIENT_SECRET';

/** What the runtime's env file says; nothing where there is none yet. */
export async function readRuntimeEnv({
  runtimeEnvFile,
}: Pick<Settings, 'runtimeEnvFile'>): Promise<ReadonlyMap<string, Secret>> {
  try {
    const bytes = await readFile(runtimeEnvFile);
    // An address or an environment is no secret: messages may name them.
    const values = outsideSecretScope(() => parseEnvValues(bytes).values);
    const secret = values.get(CLIENT_SECRET);
    if (secret !== undefined) values.set(CLIENT_SECRET, new Secret(secret.reveal()));
    return values;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return new Map();
    throw error;
  }
}

/** The identity that an adoption left in the runtime's env file; it is shown to the Infisical of that file only. */
export async function keptIdentity(
  settings: Pick<Settings, 'runtimeEnvFile'>,
  address: string,
): Promise<GivenIdentity | undefined> {
  const runtimeEnv = await readRuntimeEnv(settings);
  if (runtimeEnv.get('INFISICAL_ADDR')?.reveal() !== address) return undefined;
  return givenIdentity(runtimeEnv, settings.runtimeEnvFile);
}
