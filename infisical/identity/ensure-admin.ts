import { badInput, refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import type { Capabilities } from '../detect-capabilities';
import { isInfisicalError } from '../problem';
import type { InfisicalHttp } from '../http';
import { readAdminCredentials, writeAheadAdmin, type AdminCredentials } from '../state/admin-credentials';
import type { AdminAccess } from './admin-access';
import { bootstrapTokenAccess } from './bootstrap-token-access';
import { logInAdmin } from './log-in-admin';
import { setUpInstance } from './set-up-instance';

export interface EnsureAdminInput {
  http: InfisicalHttp;
  caps: Pick<Capabilities, 'admin' | 'initialized'>;
  stateDir: string;
  /** For a new instance without given credentials. */
  email: string;
  organization: string;
  /** Of an administrator that exists, or that shall be made. */
  given?: { email: string; password: Secret } | undefined;
  /** The organisation of an earlier run. */
  organizationId?: string | undefined;
  /** Why an administrator is needed, for the error where there is none. */
  need?: string | undefined;
}

/** Becomes an administrator of the organisation, setting the instance up if nobody has. Safe to repeat after a kill. */
export async function ensureAdmin(input: EnsureAdminInput): Promise<AdminAccess & { changes: string[] }> {
  const { http, caps, stateDir } = input;
  if (caps.initialized) {
    const credentials = await credentialsFor(input);
    return { ...(await enter(input, credentials, 'set up')), changes: [] };
  }
  const credentials = await credentialsAhead(input);
  const outcome = await setUpInstance(http, caps.admin, credentials, stateDir);
  const access = await enter(input, credentials, outcome === 'done' ? 'set up' : 'half set up');
  const changes =
    outcome === 'done'
      ? [`set up the instance, administrator ${credentials.email}`]
      : ['recovered an instance whose set-up had been cut off'];
  return { ...access, changes };
}

async function credentialsFor({ stateDir, given, organization }: EnsureAdminInput) {
  return given ? { ...given, email: emailOf(given.email), organization } : readAdminCredentials(stateDir);
}

async function credentialsAhead({ stateDir, given, email, organization }: EnsureAdminInput) {
  const password = given?.password;
  if (password && password.reveal() !== password.reveal().trim())
    throw badInput('The administrator password begins or ends with a space, which Infisical would remove.');
  const wanted = { email: emailOf(given?.email ?? email), organization, password };
  const stored = await writeAheadAdmin(stateDir, wanted);
  if (given && (stored.email !== wanted.email || !stored.password.equals(given.password)))
    throw refused(
      `${stateDir}/admin.json names ${stored.email} with another password than was given. An earlier run may have ` +
        'made that account: run again without INFISICAL_ADMIN_EMAIL and INFISICAL_ADMIN_PASSWORD, or move the file away.',
    );
  return stored;
}

async function enter(
  { http, stateDir, organizationId, given, need }: EnsureAdminInput,
  credentials: AdminCredentials | undefined,
  state: 'set up' | 'half set up',
): Promise<AdminAccess> {
  if (credentials) {
    try {
      return await logInAdmin(http, credentials, organizationId);
    } catch (error) {
      if (!isInfisicalError(error, 'unauthorised', 'forbidden')) throw error;
    }
  }
  const access = await bootstrapTokenAccess(http, stateDir);
  if (!('unusable' in access)) return access;
  const why = need === undefined ? '' : ` An administrator is needed because ${need}.`;
  throw refused(`${noWayIn(http.address, state, credentials, given !== undefined, access.unusable)}${why}`);
}

function noWayIn(
  address: string,
  state: 'set up' | 'half set up',
  credentials: AdminCredentials | undefined,
  given: boolean,
  tokenProblem: string,
): string {
  const source = given ? 'as given' : 'from admin.json';
  const found = credentials
    ? `it refuses the password of ${credentials.email} (${source}), and ${tokenProblem}`
    : `no credentials of it are stored or given, and ${tokenProblem}`;
  const ways =
    'Give an administrator (INFISICAL_ADMIN_EMAIL and INFISICAL_ADMIN_PASSWORD), ' +
    'or an existing machine identity (INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET, INFISICAL_PROJECT_ID)';
  const reset =
    state === 'half set up'
      ? ', or, since this instance was never finished, empty its database and run again'
      : '';
  return `The Infisical at ${address} is ${state} already; ${found}. ${ways}${reset}.`;
}

const emailOf = (email: string) => email.trim().toLowerCase();
