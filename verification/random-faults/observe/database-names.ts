import { NAMES_SQL } from '../../kill-matrix/observe/names-sql';
import type { Instance } from '../../../test/infisical/instances';

export async function databaseNames({ query }: Pick<Instance, 'query'>): Promise<string[]> {
  return (await query<{ name: string }>(NAMES_SQL)).map(({ name }) => name);
}

/** Ids of the client secrets that open something. */
export async function liveClientSecretIds({ query }: Pick<Instance, 'query'>): Promise<Set<string>> {
  const rows = await query<{ id: string }>('select id from client_secrets where not "isClientSecretRevoked"');
  return new Set(rows.map(({ id }) => id));
}

/** Makes the instance as good as new: the development server keeps nothing in memory. */
export async function emptyDatabase({ query }: Pick<Instance, 'query'>): Promise<void> {
  await query('truncate users, organizations, server_config cascade');
  await query('insert into server_config (id) values (1)');
}
