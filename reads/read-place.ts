import { join } from 'node:path';
import type { Secret } from '../contracts/core/secret';
import { type HandlerSettings, handlerSettingsSchema } from '../contracts/reads/handler-settings';
import type { ReadConfiguration } from '../contracts/settings/read-configuration';
import { resolveAccess, type Access } from '../infisical/access/access';
import { parseRequest } from './as-read-error';

/** Where an environment's secrets are read from, and how. */
export interface ReadPlace {
  /** Its slug. */
  environment: string;
  stateDir: string;
  runtimeEnvFile: string;
  /** The address of an Infisical that somebody else runs. */
  external?: string;
  variables: ReadonlyMap<string, Secret>;
  reads: ReadConfiguration;
}

/** The identity that reads there; undefined while there is no Infisical. */
export const readerOf = (place: ReadPlace): Promise<Access | undefined> => resolveAccess(place, 'runtime');

/** A handler's settings for one identity there. */
export function readSettings(
  { address, clientId, clientSecret, projectId }: Access,
  {
    environment,
    stateDir,
    reads,
    variables,
  }: Pick<ReadPlace, 'environment' | 'stateDir' | 'reads' | 'variables'>,
): HandlerSettings {
  const settings = {
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
    last_known_good: reads.lastKnownGood && {
      directory: reads.lastKnownGood.directory ?? join(stateDir, 'last-known-good'),
      max_age_seconds: reads.lastKnownGood.maxAge,
      key: variables.get('ONEX_LAST_KNOWN_GOOD_KEY'),
    },
  };
  return parseRequest(handlerSettingsSchema, settings, { correlationId: 'settings' });
}
