import { one, type Database } from '../store/database';

export interface ServerConfig {
  id: number;
  instanceId: string;
  initialized: boolean;
  allowSignUp: boolean;
  onboardingCompleted: boolean;
  adminIdentityIds: string[];
}

export const readServerConfig = (db: Database) =>
  one<ServerConfig>(db, 'select * from server_config where id = 1');

/** Changes the given fields and gives the whole configuration back. */
export async function updateServerConfig(
  db: Database,
  changes: { [Field in keyof ServerConfig]?: ServerConfig[Field] | undefined },
): Promise<ServerConfig> {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  if (given.length === 0) return readServerConfig(db);
  const fields = given.map(([name], index) => `"${name}" = $${index + 1}`).join(', ');
  return one<ServerConfig>(
    db,
    `update server_config set ${fields} where id = 1 returning *`,
    given.map(([, value]) => value),
  );
}
