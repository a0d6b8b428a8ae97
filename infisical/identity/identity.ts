import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import { unless } from '../problem';
import { backend } from '../server';
import type { Session } from '../session';
import { ensureClientSecret } from './client-secrets';
import { readIdentityState, saveIdentityState, type IdentityRole, type StoredIdentity } from './state';

/** Project roles that come with every Infisical: `viewer` reads values, `member` also writes. */
type ProjectRole = 'viewer' | 'member';

interface EnsureIdentityInput {
  stateDir: string;
  role: IdentityRole;
  name: string;
  organizationId: string;
  projectId: string;
  projectRole: ProjectRole;
  /** Marks what we made on the server. One per state directory: secrets of another holder must not carry it. */
  tag: string;
}

/** The metadata key that marks an identity as ours (servers of 2024 keep no metadata). */
const TAG_KEY = 'managed-by';
const IDENTITIES = '/api/v1/identities';

/**
 * One machine identity with its role in the project and one working client secret, kept in identity.json. Every step
 * is stored before the next, so that a run after a kill goes on from there. Returns what was changed.
 */
export async function ensureIdentity(session: Session, input: EnsureIdentityInput): Promise<string[]> {
  const { stateDir, role, name, organizationId, projectId, projectRole, tag } = input;
  const changes: string[] = [];
  const state = await readIdentityState(stateDir);
  const stored = state?.organizationId === organizationId ? state.identities[role] : undefined;
  const found = await findIdentity(session, input, stored?.identityId);
  const identityId = found ?? (await createIdentity(session, input));
  if (found === undefined) changes.push(`created identity ${name}`);

  let known: StoredIdentity = stored?.identityId === identityId ? stored : { identityId };
  const remember = async (step: Partial<StoredIdentity>) => {
    known = { ...known, ...step };
    await store(input, known);
  };
  const { clientId, attached } = await attachUniversalAuth(session, identityId);
  if (attached) changes.push(`attached Universal Auth to ${name}`);
  const isCurrent = stored !== undefined && state?.projectId === projectId; // of another slug may have been asked for
  if (known.clientId !== clientId || !isCurrent) await remember({ clientId });

  const membership = await ensureMembership(session, { projectId, identityId }, projectRole);
  if (membership === 'created') changes.push(`added ${name} to the project as ${projectRole}`);
  if (membership === 'changed') changes.push(`changed the role of ${name} to ${projectRole}`);

  const identity = { identityId, clientId, tag, stored: known, store: remember };
  const secret = await ensureClientSecret(session, identity);
  if (secret.created) changes.push(`created a client secret for ${name}`);
  if (secret.revoked > 0) changes.push(`revoked orphaned client secrets of ${name}: ${secret.revoked}`);
  return changes;
}

/** The organisation's identity of exactly this name. Names are not unique: of several, ours, else a refusal. */
async function findIdentity(
  session: Session,
  { name, organizationId, tag }: EnsureIdentityInput,
  storedId: string | undefined,
): Promise<string | undefined> {
  const routes = await backend(session.http, 'identities');
  const ids = await routes.idsByName(session, name, organizationId);
  const [first, ...twins] = ids;
  if (twins.length === 0) return first;
  if (storedId !== undefined && ids.includes(storedId)) return storedId;
  const tagged: string[] = [];
  for (const id of ids) if (await carriesTag(session, id, tag)) tagged.push(id);
  const [ours, ...more] = tagged;
  if (ours !== undefined && more.length === 0) return ours;
  throw refused(
    `The organisation has ${ids.length} identities called ${name}, and it is not clear which one is ours: ` +
      `${ids.join(', ')}. Delete or rename all but one in Infisical and run again.`,
  );
}

const metadataSchema = z.object({
  identity: z.object({ metadata: z.array(z.object({ key: z.string(), value: z.string() })).nullish() }),
});

async function carriesTag(session: Session, identityId: string, tag: string): Promise<boolean> {
  const params = { identityId };
  const { identity } = await session.get(`${IDENTITIES}/:identityId`, metadataSchema, { params });
  return (identity.metadata ?? []).some(({ key, value }) => key === TAG_KEY && value === tag);
}

async function createIdentity(session: Session, { name, organizationId, tag }: EnsureIdentityInput) {
  const body = { name, organizationId, role: 'no-access', metadata: [{ key: TAG_KEY, value: tag }] };
  const schema = z.object({ identity: z.object({ id: z.string() }) });
  return (await session.post(IDENTITIES, schema, { body })).identity.id;
}

async function store(input: EnsureIdentityInput, identity: StoredIdentity) {
  const { stateDir, role, organizationId, projectId } = input;
  const before = await readIdentityState(stateDir);
  const others = before?.organizationId === organizationId ? before.identities : {};
  const identities = { ...others, [role]: identity };
  await saveIdentityState(stateDir, { organizationId, projectId, identities });
}

const authSchema = z.object({ identityUniversalAuth: z.object({ clientId: z.string() }) });

/** The client id of the identity's Universal Auth, which is attached if it has none. */
async function attachUniversalAuth(
  session: Session,
  identityId: string,
): Promise<{ clientId: string; attached: boolean }> {
  const route = '/api/v1/auth/universal-auth/identities/:identityId';
  const params = { identityId };
  const existing = await unless(session.get(route, authSchema, { params }), 'notFound', 'invalid');
  if (existing) return { clientId: existing.identityUniversalAuth.clientId, attached: false };
  const created = await unless(session.post(route, authSchema, { params }), 'conflict');
  const { identityUniversalAuth } = created ?? (await session.get(route, authSchema, { params }));
  return { clientId: identityUniversalAuth.clientId, attached: created !== undefined };
}

const rolesSchema = z.object({
  identityMembership: z.object({ roles: z.array(z.object({ role: z.string() })) }),
});

/** Gives the identity exactly this role in the project. */
export async function ensureMembership(
  session: Session,
  params: { projectId: string; identityId: string },
  role: ProjectRole,
): Promise<'created' | 'changed' | 'unchanged'> {
  const route = (await backend(session.http, 'identities')).membershipRoute;
  const body = { roles: [{ role }] };
  const found = await unless(session.get(route, rolesSchema, { params }), 'notFound');
  if (found) {
    const [only, ...others] = found.identityMembership.roles;
    if (only?.role === role && others.length === 0) return 'unchanged';
  } else {
    const added = await unless(session.post(route, z.object({}), { params, body }), 'conflict');
    if (added) return 'created';
  }
  await session.send({ method: 'PATCH', route, params, body }, z.unknown());
  return 'changed';
}
