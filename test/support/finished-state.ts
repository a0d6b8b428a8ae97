import { Client } from 'pg';
import type { Installation } from './installation';

const queries = {
  liveClientSecrets: `select split_part(i.name, '/', 1) || ' ' || count(*) filter (where not "isClientSecretRevoked") from client_secrets c
    join universal_auths u on u.id = c."identityUAId" join identities i on i.id = u."identityId" group by i.name order by 1`,
  identities: `select split_part(name, '/', 1) || ' ' || count(*) from identities group by name order by 1`,
  // the other one comes with every organisation of today's servers, under another slug each time
  projects: `select slug || ' ' || count(*) from projects where name <> 'Certificate Manager' group by slug`,
  organizations: `select count(*) from organizations`,
  doubledFolders: `select count(*) - count(distinct ("envId", "parentId", name)) from folders where "parentId" is not null`,
  doubledKeys: `select count(*) - count(distinct ("folderId", key)) from secrets`,
  versions: `select distinct version from secrets`,
  keys: `select count(*) from secrets`,
} as const;

/** What a bootstrap leaves in the development server's database: the same whatever happened on the way. */
export function finishedState(installation: Installation): Record<keyof typeof queries, string> {
  const container = `onex-${installation.environment}-postgres-1`;
  const ask = (sql: string) => {
    const command = `PGPASSWORD=$(cat /run/secrets/postgres_password) psql -h 127.0.0.1 -U infisical -d infisical -At -c '${sql}'`;
    return installation.docker('exec', container, 'sh', '-c', command).trim();
  };
  const answers = Object.entries(queries).map(([name, sql]) => [name, ask(sql.replaceAll("'", `'\\''`))]);
  return Object.fromEntries(answers) as Record<keyof typeof queries, string>;
}

/** The same of a development server whose database is at `uri`. */
export async function finishedStateAt(uri: string): Promise<Record<keyof typeof queries, string>> {
  const client = new Client({ connectionString: uri });
  await client.connect();
  const answers: [string, string][] = [];
  for (const [name, sql] of Object.entries(queries)) {
    const { rows } = await client.query<unknown[]>({ text: sql, rowMode: 'array' });
    answers.push([name, rows.map((row) => row.map(String).join('|')).join('\n')]);
  }
  await client.end();
  return Object.fromEntries(answers) as Record<keyof typeof queries, string>;
}

/** The same of the example's stack, in words. */
export const undisturbed = {
  liveClientSecrets: 'onex-runtime 1\nonex-seeder 1',
  identities: 'Instance Admin Identity 1\nonex-runtime 1\nonex-seeder 1',
  projects: 'onex-platform 1',
  organizations: '1',
  doubledFolders: '0',
  doubledKeys: '0',
  versions: '1',
} as const;
