import { join } from 'node:path';
import type { Configuration } from '../contracts/settings/configuration';
import type { HandlerSettings, HandlerSettingsInput } from '../contracts/reads/handler-settings';
import type { Settings } from '../contracts/settings/settings';
import type { Access } from '../infisical/access/resolve-access';

/** What a handler needs of an installation's settings. */
export type ReadSettings = Pick<Settings, 'environment' | 'infrastructure' | 'runtimeEnvFile' | 'stateDir'>;

/** An identity and this machine's way of reading, as a handler takes them. */
export function installationSettings(
  { address, clientId, clientSecret, projectId }: Access,
  { environment, stateDir }: Pick<ReadSettings, 'environment' | 'stateDir'>,
  { reads, variables }: Pick<Configuration, 'reads' | 'variables'>,
): HandlerSettingsInput {
  const lastKnownGood = keptCopies(stateDir, { reads, variables });
  return {
    host: address,
    client_id: clientId,
    client_secret: clientSecret,
    project_id: projectId,
    environment_slug: environment,
    cache_ttl_seconds: reads.cacheTtl,
    circuit_breaker_threshold: reads.breakerThreshold,
    circuit_breaker_reset_timeout: reads.breakerReset,
    timeout_seconds: reads.timeout,
    name_keys_in_errors: true, // whoever may ask this machine by name knows the name
    ...(lastKnownGood === undefined ? {} : { last_known_good: lastKnownGood }),
  };
}

/** Where this installation keeps last known good copies; undefined where it was not told to. */
export function keptCopies(
  stateDir: string,
  { reads, variables }: Pick<Configuration, 'reads' | 'variables'>,
): HandlerSettings['last_known_good'] {
  if (reads.lastKnownGood === undefined) return undefined;
  return {
    directory: reads.lastKnownGood.directory ?? join(stateDir, 'last-known-good'),
    max_age_seconds: reads.lastKnownGood.maxAge,
    key: variables.get('ONEX_LAST_KNOWN_GOOD_KEY'),
  };
}
