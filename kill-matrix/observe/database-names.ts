import { execFileSync } from 'node:child_process';
import { places } from '../machine/places';

/** One line for each thing in the development server's database that a bootstrap makes or could double. */
const SQL = `
with recursive paths as (
  select id, '' as path from folders where "parentId" is null
  union all select f.id, p.path || '/' || f.name from folders f join paths p on f."parentId" = p.id)
select 'user ' || email from users
union all select 'organization ' || name from organizations
union all select 'project ' || slug from projects
union all select 'environment ' || slug from environments
union all select 'identity ' || name from identities
union all select 'membership of ' || i.name || ' as ' || array_to_string(m.roles, '+')
  from project_identities m join identities i on i.id = m."identityId"
union all select 'live client secret of ' || i.name from client_secrets c join universal_auths u
  on u.id = c."identityUAId" join identities i on i.id = u."identityId" where not c."isClientSecretRevoked"
union all select 'live token of ' || i.name from access_tokens t join identities i on i.id = t."identityId"
  where not t."isAccessTokenRevoked" and t."clientSecretId" is null
union all select 'folder ' || path from paths where path <> ''
union all select 'key ' || p.path || '/' || s.key from secrets s join paths p on p.id = s."folderId"
union all select 'version of ' || p.path || '/' || s.key from secret_versions v join secrets s on s.id = v."secretId"
  join paths p on p.id = s."folderId"`;

const COMMAND =
  'PGPASSWORD=$(cat /run/secrets/postgres_password) psql -h 127.0.0.1 -U infisical -d infisical -At -c "$0"';

/** Throws while the database does not answer. */
export function databaseNames(): string[] {
  const args = ['exec', places.container('postgres'), 'sh', '-c', COMMAND, SQL];
  return linesOf(execFileSync('docker', args, { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
}

const linesOf = (text: string) => text.split('\n').filter(Boolean);
