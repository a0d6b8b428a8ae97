import { join } from 'node:path';
import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import type { NodeRequirements } from '../../contracts/requirements';
import { listingRoots } from '../../contracts/resolve/resolve-nodes';
import { isServed, type Claims } from '../../contracts/run/hosts';
import { withLock } from '../../environment/files/locks';
import { installationTag } from '../../environment/keys';
import { InfisicalHttp, asStep, type StepProgress } from '../http';
import { clearLockouts } from '../identity/client-secrets';
import { mayGiveLess, untilInForce } from '../identity/grant';
import { ensureIdentity, madeByUs, settingsText, type WantedIdentity } from '../identity/identity';
import { assertEnvironment, readProject } from '../identity/project';
import {
  bindServer,
  completeIdentity,
  readIdentityState,
  saveIdentityState,
  type IdentityRole,
} from '../identity/state';
import { unless } from '../problem';
import { login } from '../session';
import { connect } from './access';
import { administratorSession } from './administrator-session';
import { writeRuntimeEnv, type AccessPlace } from './credentials';
import { hasAdministrator, hostIdentityName } from './identities';

const credentialSchema = z.strictObject({
  organizationId: z.string().min(1),
  projectId: z.string().min(1),
  identityId: z.string().min(1),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  clientSecretId: z.string().min(1),
});

type Home = AccessPlace & { infisicalAddress: () => Promise<string> };

interface Issued {
  changes: string[];
  /** What the host is to hold, as JSON; undefined where it holds that already. */
  credential?: Secret;
}

/**
 * The identity of a host that joined: it reads the folders of the nodes that it serves, and nothing else. What is stored is
 * taken as it is, unless the host `holds` something that does not work: the host itself proves it.
 */
export async function ensureHostIdentity(
  home: Home,
  claims: Claims,
  {
    nodes,
    unread,
    holds,
    isDead,
  }: { nodes: readonly NodeRequirements[]; unread: number; holds: string | undefined; isDead: boolean },
  progress: StepProgress,
): Promise<Issued> {
  const { stateDir, environment, limits } = home;
  const { name, machineClass, serves } = claims;
  const own = nodes.filter((node) => isServed(serves, node));
  const folders = listingRoots(own, machineClass);
  // no folders would be all of them
  if (folders.length === 0)
    throw refused(
      `No contract declares a node that ${name} serves: there is nothing that it may read. Check --serve of its join, or the contracts of ${environment}.`,
    );
  const wanted: WantedIdentity = {
    role: `host/${name}`,
    name: hostIdentityName(environment, name),
    settings: { ...limits, grant: { may: 'read', environment, folders } },
  };
  const stored = await storedOf(stateDir, wanted.role);
  // what a contract that cannot be read asks for stays granted
  const isSet = stored !== undefined && (unread > 0 || stored.settings === settingsText(wanted.settings));
  const isCurrent = isSet && !(await seesTooMuch(home, stored, progress));
  if (isCurrent && !isDead)
    return { changes: [], ...(stored.clientSecretId !== holds && { credential: textOf(stored) }) };
  const issued = await withLock(lockOf(stateDir), () => makeIdentity(home, wanted, holds, progress));
  if (stored !== undefined) await waitForGrant(home, wanted, progress);
  return issued;
}

/** Whether an administrator can have it see less than it does. */
async function seesTooMuch(home: Home, stored: Stored, progress: StepProgress): Promise<boolean> {
  if (stored.reach !== 'project' || !(await hasAdministrator(home))) return false;
  return mayGiveLess(await connect(home, await home.infisicalAddress(), progress), stored);
}

/** One at a time: all identities are in one file. */
const lockOf = (stateDir: string) => join(stateDir, 'identity.lock');

async function makeIdentity(
  home: Home,
  { settings, ...wanted }: WantedIdentity,
  holds: string | undefined,
  progress: StepProgress,
): Promise<Issued> {
  const { stateDir } = home;
  const session = await administratorSession(home, `the identity ${wanted.name}`, progress);
  const { organizationId, projectId } = (await readIdentityState(stateDir))!;
  const tag = await installationTag(stateDir);
  const place = { stateDir, organizationId, projectId, tag };
  const changes = await ensureIdentity(session, { ...place, ...wanted, settings });
  const made = (await storedOf(stateDir, wanted.role))!;
  await clearLockouts(session, made.identityId); // the host may have tried a dead one
  return { changes, ...(made.clientSecretId !== holds && { credential: textOf(made) }) };
}

/** An identity that has read before: the host would read with the rights of then, and fail. */
async function waitForGrant(
  home: Home,
  { role, settings: { grant } }: WantedIdentity,
  progress: StepProgress,
): Promise<void> {
  const { projectId, ...credentials } = (await storedOf(home.stateDir, role))!;
  const own = await login(await connect(home, await home.infisicalAddress(), progress), credentials);
  await untilInForce(own, projectId, grant);
}

/** Deletes a host's identity at the server, and with it every token; then forgets it here. */
export function endHostIdentity(home: Home, name: string, progress: StepProgress): Promise<string[]> {
  return withLock(lockOf(home.stateDir), () => endIdentity(home, name, progress));
}

async function endIdentity(home: Home, name: string, progress: StepProgress): Promise<string[]> {
  const state = await readIdentityState(home.stateDir);
  const role = `host/${name}`;
  const { [role]: stored, ...others } = state?.identities ?? {};
  // without an administrator none can have been made
  if (state === undefined || (stored === undefined && !(await hasAdministrator(home)))) return [];
  const session = await administratorSession(home, `the end of the host ${name}`, progress);
  const { organizationId } = state;
  const made = { name: hostIdentityName(home.environment, name), organizationId };
  const ids = stored
    ? [stored.identityId]
    : await madeByUs(session, { ...made, tag: await installationTag(home.stateDir) });
  for (const identityId of ids) {
    const call = {
      method: 'DELETE',
      route: '/api/v1/identities/:identityId',
      params: { identityId },
    } as const;
    await unless(session.send(call, z.unknown()), 'notFound');
  }
  if (stored !== undefined) await saveIdentityState(home.stateDir, { ...state, identities: others });
  if (ids.length === 0) return [];
  return [`deleted the identity of ${name}`];
}

/** On the host: proves what the home sent by a login and a read, and keeps it where the environment's readers look. */
export async function takeCredential(
  place: Omit<AccessPlace, 'adminEmail' | 'organization'>,
  address: string,
  credential: Secret,
  progress: StepProgress,
): Promise<{ changes: string[] }> {
  const { stateDir, environment, projectSlug, trust } = place;
  const given = parseCredential(credential);
  const { organizationId, projectId, identityId, clientId, clientSecretId } = given;
  const clientSecret = new Secret(given.clientSecret);
  const http = new InfisicalHttp(address, { ...asStep(progress), ...trust });
  const project = await readProject(await login(http, { clientId, clientSecret }), projectId);
  if (project.slug !== projectSlug)
    throw refused(
      `The credential that the home sent is for another project than ${projectSlug}, which this host was declared with: nothing was kept.`,
    );
  assertEnvironment(project, environment);
  const before = (await readIdentityState(stateDir))?.identities['runtime'];
  await bindServer(stateDir, { address: http.address, ofStack: false });
  const runtime = { identityId, clientId, clientSecret, clientSecretId };
  await saveIdentityState(stateDir, { organizationId, projectId, identities: { runtime } });
  const { changes } = await writeRuntimeEnv(place, address);
  const isNew = before?.clientSecretId !== clientSecretId;
  return { changes: [...(isNew ? ['took the identity that the home sent'] : []), ...changes] };
}

/** Which client secret this host holds; undefined for none. */
export const heldCredential = async (stateDir: string): Promise<string | undefined> =>
  (await readIdentityState(stateDir))?.identities['runtime']?.clientSecretId;

async function storedOf(stateDir: string, role: IdentityRole) {
  const state = await readIdentityState(stateDir);
  const complete = state && completeIdentity(state, role);
  const { clientSecretId, settings, reach, givenBy } = state?.identities[role] ?? {};
  if (state === undefined || complete === undefined || clientSecretId === undefined) return undefined;
  const { organizationId, projectId } = state;
  return { ...complete, organizationId, projectId, clientSecretId, settings, reach, givenBy };
}
type Stored = NonNullable<Awaited<ReturnType<typeof storedOf>>>;

function textOf({ clientSecret, ...stored }: Stored) {
  const { organizationId, projectId, identityId, clientId, clientSecretId } = stored;
  const credential: z.infer<typeof credentialSchema> = {
    ...{ organizationId, projectId, identityId, clientId, clientSecretId },
    clientSecret: clientSecret.reveal(),
  };
  return new Secret(JSON.stringify(credential));
}

function parseCredential(credential: Secret) {
  try {
    return credentialSchema.parse(JSON.parse(credential.reveal()));
  } catch {
    throw refused('The home sent something else than a credential. Is its release the one of this host?');
  }
}
