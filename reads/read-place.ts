import { join } from 'node:path';
import { handlerSettingsSchema, type HandlerSettings } from '../contracts/reads/handler-settings';
import type { ReadConfiguration } from '../contracts/reads/read-configuration';
import { resolveAccess, type Access } from '../infisical/access/access';
import type { AccessPlace } from '../infisical/access/credentials';
import { parseRequest } from './as-read-error';
import { HandlerInfisical, type HandlerDependencies } from './handler-infisical';

/** Where an environment's secrets are read from, and how. */
export type ReadPlace = Pick<
  AccessPlace,
  'environment' | 'stateDir' | 'runtimeEnvFile' | 'external' | 'trust' | 'variables'
> & {
  reads: ReadConfiguration;
  /** Whether references are expanded and imports included where a request does not say. */
  expand: boolean;
};

/** A handler's settings for one identity there. */
export function readSettings(
  { address, clientId, clientSecret, projectId, trust }: Access,
  { environment, stateDir, reads, variables, expand }: Omit<ReadPlace, 'runtimeEnvFile'>,
): HandlerSettings {
  const settings = {
    host: address,
    ca_file: trust.caFile,
    insecure_http: trust.insecureHttp,
    client_id: clientId,
    client_secret: clientSecret,
    project_id: projectId,
    environment_slug: environment,
    cache_ttl_seconds: reads.cacheTtl,
    circuit_breaker_threshold: reads.breakerThreshold,
    circuit_breaker_reset_timeout: reads.breakerReset,
    timeout_seconds: reads.timeout,
    expand_references: expand,
    include_imports: expand,
    name_keys_in_errors: true, // whoever may ask this machine by name knows the name
    last_known_good: reads.lastKnownGood && {
      directory: reads.lastKnownGood.directory ?? join(stateDir, 'last-known-good'),
      max_age_seconds: reads.lastKnownGood.maxAge,
      key: variables.get('ONEX_LAST_KNOWN_GOOD_KEY'),
    },
  };
  return parseRequest(handlerSettingsSchema, settings, { correlationId: 'settings' });
}

/** Keeps one handler, with its cache and breaker, for as long as the reading identity stays the same. */
export class CurrentHandler {
  private known: { access: Access | undefined; handler: HandlerInfisical } | undefined;

  constructor(
    private readonly place: ReadPlace,
    private readonly dependencies: HandlerDependencies,
  ) {}

  /** Looks at the identity's files each time: `up` may have made it since, or renewed its secret. */
  async get(): Promise<HandlerInfisical> {
    const access = await resolveAccess(this.place, 'runtime');
    if (this.known !== undefined && isSame(this.known.access, access)) return this.known.handler;
    this.known?.handler.shutdown();
    const handler =
      access === undefined
        ? HandlerInfisical.ofEnvironment(this.place.variables, this.dependencies)
        : HandlerInfisical.create(readSettings(access, this.place), {
            ...this.dependencies,
            whyNotOurs: access.trust.whyNotOurs,
          });
    this.known = { access, handler };
    return handler;
  }
}

function isSame(one: Access | undefined, other: Access | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const { address, clientId, projectId, clientSecret } = one;
  return (
    address === other.address &&
    clientId === other.clientId &&
    projectId === other.projectId &&
    clientSecret.equals(other.clientSecret)
  );
}
