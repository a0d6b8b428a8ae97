import { existsSync } from 'node:fs';
import { nodesDir } from '../activities/settings/nodes-dir';
import type { BootstrapInput } from '../contracts/settings/bootstrap-input';
import type { Configuration } from '../contracts/settings/configuration';
import { resolveSettings } from '../contracts/settings/resolve-settings';
import type { Settings } from '../contracts/settings/settings';
import type { ReadPlace } from '../reads/read-place';

/** The settings of this machine for commands that look at it without a worker. */
export async function localSettings(
  config: Configuration,
  given: string | BootstrapInput | undefined,
): Promise<Settings> {
  const input = typeof given === 'string' ? { environment: given } : (given ?? {});
  const facts = { nodesDir: await nodesDir(config.stateRoot), searchAttributes: false, exists: existsSync };
  return resolveSettings(input, config, facts);
}

/** What reads need of them. */
export function readPlace(settings: Settings, { reads, variables }: Configuration): ReadPlace {
  const { environment, stateDir, runtimeEnvFile, infrastructure } = settings;
  const external = infrastructure.kind === 'external' ? { external: infrastructure.address } : {};
  return { environment, stateDir, runtimeEnvFile, ...external, variables, reads };
}
