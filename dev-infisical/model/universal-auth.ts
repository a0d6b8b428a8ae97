import type { Actor } from '../http/actor';
import { badRequest, forbidden, notFound } from '../http/api-error';
import { isLegacy, type Context } from '../http/context';
import { organizationRole, requireInOrganization } from '../access/organization-access';
import { outranks, type Action } from '../access/roles';
import { first } from '../store/database';
import { readIdentity, type Identity } from './identities';

export interface UniversalAuth {
  id: string;
  identityId: string;
  clientId: string;
  accessTokenTTL: number;
  accessTokenMaxTTL: number;
  accessTokenNumUsesLimit: number;
  accessTokenPeriod: number;
  lockoutEnabled: boolean;
  lockoutThreshold: number;
  lockoutDurationSeconds: number;
  lockoutCounterResetSeconds: number;
  clientSecretTrustedIps: unknown;
  accessTokenTrustedIps: unknown;
  createdAt: Date;
  updatedAt: Date;
}

/** The identity whose authentication is managed; the caller needs the organisation's right and at least its rank. */
export async function manageIdentity(
  context: Context,
  actor: Actor,
  identityId: string | undefined,
  action: Action,
): Promise<Identity> {
  const identity = await readIdentity(context.db, identityId ?? '');
  if (identity === undefined) {
    throw notFound(
      isLegacy(context) ? 'Failed to find identity' : `Failed to find identity with ID ${identityId}`,
    );
  }
  await requireInOrganization(context.db, actor, identity.orgId, action, 'identity');
  if (
    action !== 'read' &&
    !outranks([await organizationRole(context.db, actor, identity.orgId)], identity.role)
  ) {
    const what =
      action === 'create' ? 'add identity to project with' : 'change the authentication of identity with';
    throw forbidden(`Failed to ${what} more privileged role`);
  }
  return identity;
}

/** The Universal Auth of an identity that must have it. */
export async function readUniversalAuth(context: Context, identityId: string): Promise<UniversalAuth> {
  const found = await first<UniversalAuth>(
    context.db,
    'select * from universal_auths where "identityId" = $1',
    [identityId],
  );
  if (found === undefined) throw badRequest('The identity does not have universal auth');
  return found;
}

/** The Universal Auth as answers show it; the lockout fields are newer than 2024. */
export function universalAuthView(auth: UniversalAuth, legacy: boolean) {
  if (!legacy) return auth;
  const {
    accessTokenPeriod: _period,
    lockoutEnabled: _enabled,
    lockoutThreshold: _threshold,
    lockoutDurationSeconds: _duration,
    lockoutCounterResetSeconds: _reset,
    ...rest
  } = auth;
  return rest;
}
