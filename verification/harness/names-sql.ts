/** One line for each thing in the development server's database that a bootstrap makes or could double. */
export const NAMES_SQL = `
with recursive paths as (
  select id, "envId", '' as path from folders where "parentId" is null
  union all select f.id, f."envId", p.path || '/' || f.name from folders f join paths p on f."parentId" = p.id),
places as (select p.id, e.slug || ':' || p.path as path from paths p join environments e on e.id = p."envId")
select 'user ' || email as name from users
union all select 'organization ' || name from organizations
union all select 'project ' || case type when 'secret-manager' then slug else name end from projects
union all select 'environment ' || slug from environments
union all select 'identity ' || name from identities
union all select 'membership of ' || i.name || ' as ' || array_to_string(m.roles, '+')
  from project_identities m join identities i on i.id = m."identityId"
union all select 'privilege ' || p.name || ' of ' || i.name from privileges p join identities i on i.id = p."identityId"
union all select 'live client secret of ' || i.name from client_secrets c join universal_auths u
  on u.id = c."identityUAId" join identities i on i.id = u."identityId" where not c."isClientSecretRevoked"
union all select 'live token of ' || i.name from access_tokens t join identities i on i.id = t."identityId"
  where not t."isAccessTokenRevoked" and not t."endedItself" and t."clientSecretId" is null
union all select 'folder ' || path from places
union all select 'key ' || p.path || '/' || s.key from secrets s join places p on p.id = s."folderId"
union all select 'version of ' || p.path || '/' || s.key from secret_versions v join secrets s on s.id = v."secretId"
  join places p on p.id = s."folderId"`;
