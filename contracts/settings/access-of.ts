import type { Configuration } from './configuration';
import type { Settings } from './settings';

/** What access to the environment's Infisical is found by, until an environment says it itself. */
export const accessOf = <S extends Pick<Settings, 'infrastructure'>>(
  settings: S,
  { variables, adminEmail, organization }: Configuration,
) => ({
  ...settings,
  variables,
  adminEmail,
  organization,
  external: settings.infrastructure.kind === 'external' ? settings.infrastructure.address : undefined,
});
