import { z } from 'zod';
import { refused } from '../../contracts/core/failures';
import type { Project } from '../backend';
import { isInfisicalError, unless } from '../problem';
import { readInstance, type InstanceConfig } from '../server';
import { login, type Session } from '../session';
import { ensureAdmin, type AdminAccess, type EnsureAdminInput } from './administrator';
import { revokeBootstrapToken, revokeLostTokens } from './bootstrap-token';
import { removeHelper } from './closing';
import { mayGiveLess, type Reach } from './grant';
import { ensureIdentity, settingsText, type WantedIdentity } from './identity';
import { ensureProject, missingFrom, readProject, type WantedProject } from './project';
import {
  assertSameServer,
  bindServer,
  completeIdentity,
  isAdministratorKnown,
  readAdminCredentials,
  readBootstrapToken,
  readClosingAccount,
  readIdentityState,
  type CompleteIdentity,
} from './state';

export interface ProvisionInput extends Omit<EnsureAdminInput, 'organizationId' | 'need'> {
  /** Whether the server is the stack's own. */
  ofStack: boolean;
  project: WantedProject;
  /** A runtime identity and a seeder, and those of single services. */
  identities: readonly WantedIdentity[];
  tag: string;
  /** Called before each step with what it does. */
  onProgress?: (line: string) => void;
}

/** Identities that log in, and the project that they belong to. */
interface Provisioned {
  project: Project;
  runtime: CompleteIdentity;
  seeder: CompleteIdentity;
  /** Whether one of them can do more than it was granted, because the server can give no less. */
  reach: Reach;
  /** The logins that proved them. */
  logins: { identity: CompleteIdentity; session: Session }[];
  /** Empty where everything was in place. */
  changes: string[];
  /** Whether anybody may sign up, on an instance that somebody else set up. */
  signUpOpen: boolean;
}

type Proven = Pick<Provisioned, 'project' | 'runtime' | 'seeder' | 'reach' | 'logins'>;

/**
 * From any state of instance and state directory to two working identities. What is stored and works is proven with
 * five requests and no administrator; everything else is found before it is made. `changes` is empty then.
 */
export async function provisionIdentities(input: ProvisionInput): Promise<Provisioned> {
  const { http, stateDir, ofStack, project, identities, tag, onProgress = () => {} } = input;
  onProgress('prove the stored identities');
  const server = { address: http.address, ofStack };
  await assertSameServer(stateDir, server);
  const [stored, config] = await Promise.all([verifyStored(input), readInstance(http)]);
  await bindServer(stateDir, server);
  const need = await whatIsMissing(stored, config, input);
  if (!('incomplete' in stored) && need === undefined)
    return { ...stored, changes: [], signUpOpen: config.allowSignUp };

  onProgress(`logging in as administrator: ${need}`);
  const known = (await readIdentityState(stateDir))?.organizationId;
  const access = await ensureAdmin({ ...input, organizationId: known, need });
  const { session, organizationId } = access;
  const changes = [...access.changes];
  const closed = await closeUp(access, stateDir);
  changes.push(...closed.changes, ...(await endBootstrapTokens(access, stateDir)));
  onProgress(`project ${project.slug}`);
  const ensured = await ensureProject(session, project);
  changes.push(...ensured.changes);
  const place = { stateDir, organizationId, projectId: ensured.projectId, tag };
  for (const wanted of identities) {
    onProgress(`ensure identity ${wanted.name}`);
    changes.push(...(await ensureIdentity(session, { ...place, ...wanted })));
  }
  onProgress('prove the identities');
  const proven = await verifyStored(input);
  if ('incomplete' in proven)
    throw refused(`The identities were made but do not work: ${proven.incomplete}.`);
  return { ...proven, changes, signUpOpen: closed.signUpOpen };
}

/**
 * Proves what an earlier run stored: a login each, and one read of the project. `incomplete` says why an
 * administrator is needed again.
 */
async function verifyStored({
  http,
  stateDir,
  identities,
  given,
}: ProvisionInput): Promise<Proven | { incomplete: string }> {
  const state = await readIdentityState(stateDir);
  if (!state) return { incomplete: 'nothing is stored' };
  const runtime = completeIdentity(state, 'runtime');
  const seeder = completeIdentity(state, 'seeder');
  if (!runtime || !seeder) return { incomplete: 'an earlier run ended half-way' };
  const services = identities.flatMap(({ role }) =>
    role === 'runtime' || role === 'seeder' ? [] : [[role, completeIdentity(state, role)] as const],
  );
  const others: CompleteIdentity[] = [];
  for (const [role, identity] of services) {
    if (identity === undefined) return { incomplete: `${role} has no identity yet` };
    others.push(identity);
  }
  for (const { role, name, settings } of identities) {
    if (state.identities[role]?.settings !== settingsText(settings))
      return { incomplete: `what ${name} may do was declared anew` };
  }
  const mayAsk = await isAdministratorKnown(stateDir, given);
  try {
    for (const { role, name } of identities)
      if (mayAsk && (await mayGiveLess(http, state.identities[role])))
        return { incomplete: `${name} sees the whole project, and this server may give it less` };
    const logIn = async (identity: CompleteIdentity) => ({ identity, session: await login(http, identity) });
    const logins = await Promise.all([runtime, seeder, ...others].map(logIn));
    const project = await readProject(logins[0]!.session, state.projectId);
    const isWide = identities.some(({ role }) => state.identities[role]?.reach === 'project');
    const reach = isWide ? 'project' : 'as granted';
    return { project, runtime, seeder, reach, logins };
  } catch (error) {
    if (isInfisicalError(error, 'unauthorised', 'lockedOut', 'forbidden', 'notFound'))
      return { incomplete: `the server refuses what is stored (${error.message})` };
    throw error;
  }
}

/** Why an administrator is needed; undefined where everything is in place. */
async function whatIsMissing(
  stored: Awaited<ReturnType<typeof verifyStored>>,
  config: InstanceConfig,
  { stateDir, project }: ProvisionInput,
): Promise<string | undefined> {
  if ('incomplete' in stored) return stored.incomplete;
  const isWhole =
    stored.project.slug === project.slug && missingFrom(stored.project, project.environments).length === 0;
  if (!isWhole) return 'the project or one of its environments is missing';
  if (await readBootstrapToken(stateDir)) return 'the bootstrap token has not been revoked yet';
  if (!config.initialized) return 'the set-up of this instance was never finished';
  if (await readClosingAccount(stateDir)) return 'the account that closed this instance is still there';
  const isOurs = (await readAdminCredentials(stateDir)) !== undefined;
  return isOurs && config.allowSignUp ? 'anybody may sign up at this instance' : undefined;
}

/** Ends what anybody could get in by, on an instance that we set up. */
async function closeUp(
  { session }: AdminAccess,
  stateDir: string,
): Promise<{ changes: string[]; signUpOpen: boolean }> {
  const admin = await readAdminCredentials(stateDir);
  const changes: string[] = [];
  if (admin !== undefined && (await removeHelper(session, stateDir, admin.email)))
    changes.push('removed the account that had closed the instance');
  const { allowSignUp } = await readInstance(session.http);
  if (!allowSignUp || admin === undefined) return { changes, signUpOpen: allowSignUp };
  const call = { method: 'PATCH', route: '/api/v1/admin/config', body: { allowSignUp: false } } as const;
  // an administrator of the organisation need not be one of the server
  const done = await unless(session.send(call, z.object({})), 'forbidden');
  if (done) changes.push('turned off signing up at the instance');
  return { changes, signUpOpen: done === undefined };
}

/** First thing of an administrator who has a password: a run that ends later must not leave a live token behind. */
async function endBootstrapTokens(
  { session, via, organizationId }: AdminAccess,
  stateDir: string,
): Promise<string[]> {
  if (via !== 'password') return [];
  if (await readBootstrapToken(stateDir)) return revokeBootstrapToken(session.http, stateDir);
  return (await readAdminCredentials(stateDir)) === undefined
    ? []
    : revokeLostTokens(session, stateDir, organizationId);
}
