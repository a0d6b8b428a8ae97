import type { Secret } from '../../contracts/core/secret';
import type { Settings } from '../../contracts/settings/settings';
import { InfisicalHttp, type HttpOptions } from '../http';
import { login, type Session } from '../session';
import type { Scope } from '../secrets/scope';
import type { IdentityRole } from '../state/identity-state';
import { resolveAccess } from './resolve-access';

export interface Store {
  session: Session;
  scope: Scope;
}

/** A session of one of the environment's identities; undefined while there is no Infisical to talk to. */
export async function openStore(
  settings: Settings,
  role: IdentityRole,
  variables: ReadonlyMap<string, Secret>,
  options: HttpOptions = {},
): Promise<Store | undefined> {
  const access = await resolveAccess(settings, role, variables);
  if (access === undefined) return undefined;
  const session = await login(new InfisicalHttp(access.address, options), access);
  return { session, scope: { projectId: access.projectId, environment: settings.environment } };
}
