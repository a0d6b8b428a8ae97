import { z } from 'zod';
import type { Session } from '../session';
import {
  readIdentityState,
  saveIdentityState,
  type IdentityRole,
  type StoredIdentity,
} from '../state/identity-state';
import { attachUniversalAuth } from './attach-universal-auth';
import { ensureClientSecret } from './ensure-client-secret';
import { ensureMembership, type ProjectRole } from './ensure-membership';
import { findIdentity, TAG_KEY } from './find-identity';

export interface EnsureIdentityInput {
  stateDir: string;
  role: IdentityRole;
  name: string;
  organizationId: string;
  projectId: string;
  orgRole: 'no-access' | 'member';
  projectRole: ProjectRole;
  /** Marks what we made on the server. One per state directory: secrets of another holder must not carry it. */
  tag: string;
}

const createdSchema = z.object({ identity: z.object({ id: z.string() }) });

/**
 * One machine identity with its role in the project and one working client secret, kept in identity.json. Every step
 * is stored before the next, so that a run after a kill goes on from there. Returns what was changed.
 */
export async function ensureIdentity(session: Session, input: EnsureIdentityInput): Promise<string[]> {
  const { name, organizationId, projectId, tag } = input;
  const changes: string[] = [];
  const stored = await storedIdentity(session, input);
  const found = await findIdentity(session, { name, organizationId, tag, storedId: stored?.identityId });
  const identityId = found ?? (await createIdentity(session, input));
  if (found === undefined) changes.push(`created identity ${name}`);

  let known: StoredIdentity = stored?.identityId === identityId ? stored : { identityId };
  const remember = async (step: Partial<StoredIdentity>) => {
    known = { ...known, ...step };
    await store(session, input, known);
  };
  const { clientId, attached } = await attachUniversalAuth(session, identityId);
  if (attached) changes.push(`attached Universal Auth to ${name}`);
  if (known.clientId !== clientId || !(await isCurrent(session, input))) await remember({ clientId });

  const membership = await ensureMembership(session, { projectId, identityId }, input.projectRole);
  if (membership === 'created') changes.push(`added ${name} to the project as ${input.projectRole}`);
  if (membership === 'changed') changes.push(`changed the role of ${name} to ${input.projectRole}`);

  const secret = await ensureClientSecret(session, {
    identityId,
    clientId,
    tag,
    stored: known,
    store: remember,
  });
  if (secret.created) changes.push(`created a client secret for ${name}`);
  if (secret.revoked > 0) changes.push(`revoked ${secret.revoked} orphaned client secret(s) of ${name}`);
  return changes;
}

async function createIdentity(session: Session, { name, organizationId, orgRole, tag }: EnsureIdentityInput) {
  const metadata = [{ key: TAG_KEY, value: tag }];
  const body = { name, organizationId, role: orgRole, metadata };
  const route = '/api/v1/identities';
  const { identity } = await session.send({ method: 'POST', route, body }, createdSchema);
  return identity.id;
}

/** What an earlier run stored for this very organisation and project. */
async function storedIdentity(session: Session, { stateDir, role, organizationId }: EnsureIdentityInput) {
  const state = await readIdentityState(stateDir);
  return state?.organizationId === organizationId ? state.identities[role] : undefined;
}

/** Whether identity.json speaks of this address and project; a project of another slug may have been asked for. */
async function isCurrent(session: Session, { stateDir, organizationId, projectId }: EnsureIdentityInput) {
  const state = await readIdentityState(stateDir);
  return (
    state?.address === session.http.address &&
    state.organizationId === organizationId &&
    state.projectId === projectId
  );
}

async function store(session: Session, input: EnsureIdentityInput, identity: StoredIdentity) {
  const { stateDir, role, organizationId, projectId } = input;
  const before = await readIdentityState(stateDir);
  const others = before?.organizationId === organizationId ? before.identities : {};
  await saveIdentityState(stateDir, {
    address: session.http.address,
    organizationId,
    projectId,
    identities: { ...others, [role]: identity },
  });
}
