import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import { unless } from '../problem';
import type { Grant } from '../privilege';
import { ensureGrant, type Reach } from './grant';
import { backend } from '../server';
import type { Session } from '../session';
import { ensureClientSecret } from './client-secrets';
import { readIdentityState, saveIdentityState, type IdentityRole, type StoredIdentity } from './state';

/** What an identity is made with. */
export interface IdentitySettings {
  grant: Grant;
  /** How long a token that it logs in for holds; it logs in again. */
  tokenSeconds: number;
  /** How long a client secret that is made from now on holds; without end where it is 0. */
  secretSeconds: number;
  /** Addresses and networks that it may come from; any where there are none. */
  trustedIps: readonly string[];
}

/** An identity that there should be. */
export interface WantedIdentity {
  role: IdentityRole;
  name: string;
  settings: IdentitySettings;
}

interface EnsureIdentityInput extends WantedIdentity {
  stateDir: string;
  organizationId: string;
  projectId: string;
  /** Marks what we made on the server. One per state directory: secrets of another holder must not carry it. */
  tag: string;
}

/** The metadata key that marks an identity as ours. */
const TAG_KEY = 'managed-by';
const IDENTITIES = '/api/v1/identities';

/**
 * One machine identity with its role in the project and one working client secret, kept in identity.json. Every step
 * is stored before the next, so that a run after a kill goes on from there. Returns what was changed.
 */
export async function ensureIdentity(session: Session, input: EnsureIdentityInput): Promise<string[]> {
  const { stateDir, role, name, organizationId, projectId, settings, tag } = input;
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
  const { clientId, attached } = await ensureUniversalAuth(session, identityId, settings);
  if (attached === 'new') changes.push(`attached Universal Auth to ${name}`);
  if (attached === 'changed') changes.push(`changed the lifetime of tokens or the addresses of ${name}`);
  const isCurrent = stored !== undefined && state?.projectId === projectId; // of another slug may have been asked for
  if (known.clientId !== clientId || !isCurrent) await remember({ clientId });

  const { changed, reach, givenBy } = await ensureGrant(session, { projectId, identityId }, settings.grant);
  if (changed) changes.push(`let ${name} ${inWords(settings.grant, reach)}`);
  const text = settingsText(settings);
  if (known.settings !== text || known.reach !== reach || known.givenBy !== givenBy)
    await remember({ settings: text, reach, givenBy });

  const { secretSeconds } = settings;
  const identity = { identityId, clientId, tag, secretSeconds, stored: known, store: remember };
  const secret = await ensureClientSecret(session, identity);
  if (secret.created) changes.push(`created a client secret for ${name}`);
  if (secret.revoked > 0) changes.push(`revoked orphaned client secrets of ${name}: ${secret.revoked}`);
  return changes;
}

/** The settings that a new secret does not need: what differs makes an administrator necessary. */
export const settingsText = ({ grant, tokenSeconds, trustedIps }: IdentitySettings): string =>
  JSON.stringify({ grant, tokenSeconds, trustedIps });

/** `read dev`, `read /shared and /services/billing of dev`, `read every environment of the project`. */
export function inWords({ may, environment, folders }: Grant, reach: Reach): string {
  const what = may === 'read' ? 'read' : 'read and write';
  if (reach === 'project') return `${what} every environment of the project`;
  return folders.length === 0
    ? `${what} ${environment}`
    : `${what} ${folders.join(' and ')} of ${environment}`;
}

/**
 * The organisation's identity of exactly this name. Names are not unique: of several, ours, else a refusal. That of a host is
 * ended with it, and so is never one that another installation has made for a host of its own.
 */
async function findIdentity(
  session: Session,
  { role, name, organizationId, tag }: EnsureIdentityInput,
  storedId: string | undefined,
): Promise<string | undefined> {
  const routes = await backend(session.http, 'identities');
  const named = await routes.idsByName(session, name, organizationId);
  if (storedId !== undefined && named.includes(storedId)) return storedId;
  const ids = role.startsWith('host/') ? await notOfOthers(session, named, tag) : named;
  const [first, ...twins] = ids;
  if (twins.length === 0) return first;
  const [ours, ...more] = await tagged(session, ids, tag);
  if (ours !== undefined && more.length === 0) return ours;
  throw refused(
    `The organisation has ${ids.length} identities called ${name}, and it is not clear which one is ours: ` +
      `${ids.join(', ')}. Delete or rename all but one in Infisical and run again.`,
  );
}

/** Those of this name that we made, known here or not: a run may have been cut off before it kept the id. */
export async function madeByUs(
  session: Session,
  { name, organizationId, tag }: Pick<EnsureIdentityInput, 'name' | 'organizationId' | 'tag'>,
): Promise<string[]> {
  const routes = await backend(session.http, 'identities');
  return tagged(session, await routes.idsByName(session, name, organizationId), tag);
}

async function tagged(session: Session, ids: readonly string[], tag: string): Promise<string[]> {
  const ours: string[] = [];
  for (const id of ids) if ((await tagOf(session, id)) === tag) ours.push(id);
  return ours;
}

async function notOfOthers(session: Session, ids: readonly string[], tag: string): Promise<string[]> {
  const possible: string[] = [];
  for (const id of ids) if ([tag, undefined].includes(await tagOf(session, id))) possible.push(id);
  return possible;
}

const metadataSchema = z.object({
  identity: z.object({ metadata: z.array(z.object({ key: z.string(), value: z.string() })).nullish() }),
});

/** Whose it is; undefined for one that somebody made by hand, or that is gone. */
async function tagOf(session: Session, identityId: string): Promise<string | undefined> {
  const params = { identityId };
  const found = await unless(
    session.get(`${IDENTITIES}/:identityId`, metadataSchema, { params }),
    'notFound',
  );
  return found?.identity.metadata?.find(({ key }) => key === TAG_KEY)?.value;
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

const trustedSchema = z.array(z.object({ ipAddress: z.string(), prefix: z.number().nullish() }));
const authSchema = z.object({
  identityUniversalAuth: z.object({
    clientId: z.string(),
    accessTokenTTL: z.number(),
    accessTokenMaxTTL: z.number(),
    accessTokenTrustedIps: trustedSchema,
  }),
});
const ANYWHERE = ['0.0.0.0/0', '::/0'];

/** The client id of the identity's Universal Auth, which is attached if it has none, and set as wanted. */
async function ensureUniversalAuth(
  session: Session,
  identityId: string,
  { tokenSeconds, trustedIps }: IdentitySettings,
): Promise<{ clientId: string; attached: 'new' | 'changed' | 'before' }> {
  const route = '/api/v1/auth/universal-auth/identities/:identityId';
  const params = { identityId };
  const wanted = trustedIps.length === 0 ? ANYWHERE : trustedIps;
  const addresses = wanted.map((ipAddress) => ({ ipAddress }));
  const body = {
    accessTokenTTL: tokenSeconds,
    accessTokenMaxTTL: tokenSeconds,
    accessTokenTrustedIps: addresses,
    clientSecretTrustedIps: addresses,
  };
  const existing = await unless(session.get(route, authSchema, { params }), 'notFound', 'invalid');
  const created =
    existing ?? (await unless(planned(session.post(route, authSchema, { params, body })), 'conflict'));
  const { identityUniversalAuth: auth } = created ?? (await session.get(route, authSchema, { params }));
  const { clientId } = auth;
  if (existing === undefined && created !== undefined) return { clientId, attached: 'new' };
  const trusted = auth.accessTokenTrustedIps.map(({ ipAddress, prefix }) =>
    prefix === undefined || prefix === null || ipAddress.includes('/') ? ipAddress : `${ipAddress}/${prefix}`,
  );
  const isSame =
    auth.accessTokenTTL === tokenSeconds &&
    auth.accessTokenMaxTTL === tokenSeconds &&
    trusted.sort().join() === [...wanted].sort().join();
  if (isSame) return { clientId, attached: 'before' };
  await planned(session.send({ method: 'PATCH', route, params, body }, z.unknown()));
  return { clientId, attached: 'changed' };

  /** Lists of addresses are not in every plan. */
  async function planned<T>(answer: Promise<T>): Promise<T> {
    const given = await unless(answer, 'invalid');
    if (given !== undefined || trustedIps.length === 0) return given ?? answer;
    throw refused(
      `Infisical does not take the addresses ${trustedIps.join(', ')} (--trusted-ip): its plan has no lists of addresses, or they are not valid. Leave the option out (--reset) and keep others away by a firewall.`,
    );
  }
}
