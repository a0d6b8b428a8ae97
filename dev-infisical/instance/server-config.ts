import type { Database } from '../store/database';

interface ServerConfig {
  id: number;
  instanceId: string;
  initialized: boolean;
  allowSignUp: boolean;
  onboardingCompleted: boolean;
  adminIdentityIds: string[];
}

export const readServerConfig = (db: Database) =>
  db.one<ServerConfig>`select * from server_config where id = 1`;

/** Changes the given fields and gives the whole configuration back. */
export const updateServerConfig = (
  db: Database,
  changes: { [Field in keyof ServerConfig]?: ServerConfig[Field] | undefined },
) =>
  db.one<ServerConfig>`
    update server_config set initialized = coalesce(${changes.initialized}, initialized),
      "allowSignUp" = coalesce(${changes.allowSignUp}, "allowSignUp"),
      "onboardingCompleted" = coalesce(${changes.onboardingCompleted}, "onboardingCompleted"),
      "adminIdentityIds" = coalesce(${changes.adminIdentityIds}, "adminIdentityIds")
    where id = 1 returning *`;
