import { transportConfigMap } from '../transports/transport-config-map';

/** What the shared key registry says. Folder names are those of the store. */
export interface KeyRegistry {
  /** Folder under /shared → its keys. */
  shared: ReadonlyMap<string, readonly string[]>;
  /** Needed before Infisical can be reached: never seeded, never read from it. */
  bootstrapOnly: ReadonlySet<string>;
  /** Each service brings its own default: never in a shared layer, never missing. */
  identityDefaults: ReadonlySet<string>;
  /** A service must have its own value; the shared one is a placeholder. */
  serviceOverrideRequired: ReadonlySet<string>;
  /** Service → folder → keys that it may override. */
  services: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
}

/** bootstrap_only whatever a registry says: Infisical's own credentials cannot come from Infisical. */
export const alwaysBootstrapOnly: readonly string[] = [
  ...transportConfigMap.infisical.keys,
  'INFISICAL_ENCRYPTION_KEY',
  'INFISICAL_AUTH_SECRET',
];

/** The registry where none is given. */
export const defaultRegistry: KeyRegistry = {
  shared: new Map(),
  bootstrapOnly: new Set(alwaysBootstrapOnly),
  identityDefaults: new Set(),
  serviceOverrideRequired: new Set(),
  services: new Map(),
};
