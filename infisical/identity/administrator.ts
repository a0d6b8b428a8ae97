import { z } from 'zod';
import { badInput, refused } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import type { Account } from '../backend';
import type { InfisicalHttp } from '../http';
import { unless } from '../problem';
import { backend, readInstance } from '../server';
import { Session } from '../session';
import { bootstrapTokenAccess } from './bootstrap-token';
import { attemptSetUp, closeInstance } from './closing';
import { readAdminCredentials, saveBootstrapToken, writeAheadAdmin } from './state';

/** An administrator of the organisation, and how we became one. */
export interface AdminAccess {
  session: Session;
  organizationId: string;
  via: 'password' | 'bootstrapToken';
}

export interface EnsureAdminInput {
  http: InfisicalHttp;
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
  const { http, stateDir } = input;
  if ((await readInstance(http)).initialized) return { ...(await becomeAdmin(input)), changes: [] };
  const credentials = await credentialsAhead(input);
  const attempt = await attemptSetUp(http, credentials);
  if (typeof attempt === 'object' && attempt.token) await saveBootstrapToken(stateDir, attempt.token);
  const found = typeof attempt === 'object' ? 'made' : attempt;
  const access = await enter(input, credentials, found === 'torn' ? 'half set up' : 'set up');
  const { email, organization: name } = credentials;
  if (found === 'torn') await closeInstance(access.session, { stateDir, email, name });
  const changes = {
    made: [`set up the instance, administrator ${email}`],
    torn: ['closed and recovered an instance whose set-up had been cut off'],
    finished: [],
  };
  return { ...access, changes: changes[found] };
}

/** Becomes an administrator of an instance that is set up. */
export async function becomeAdmin(input: EnsureAdminInput): Promise<AdminAccess> {
  const { stateDir, given, organization } = input;
  const credentials = given
    ? { ...given, email: emailOf(given.email), organization }
    : await readAdminCredentials(stateDir);
  return enter(input, credentials, 'set up');
}

async function credentialsAhead({
  stateDir,
  given,
  email,
  organization,
}: EnsureAdminInput): Promise<Account> {
  const password = given?.password;
  if (password && password.reveal() !== password.reveal().trim())
    throw badInput('The administrator password begins or ends with a space, which Infisical would remove.');
  const wanted = { email: emailOf(given?.email ?? email), organization, password };
  const stored = await writeAheadAdmin(stateDir, wanted);
  if (given && (stored.email !== wanted.email || !stored.password.equals(given.password)))
    throw refused(
      `${stateDir}/admin.json names ${stored.email} with a password other than the one given. An earlier run may have ` +
        'made that account: run again without INFISICAL_ADMIN_EMAIL and INFISICAL_ADMIN_PASSWORD, or move the file away.',
    );
  return stored;
}

async function enter(
  { http, stateDir, organizationId, given, need }: EnsureAdminInput,
  credentials: Account | undefined,
  state: 'set up' | 'half set up',
): Promise<AdminAccess> {
  if (credentials) {
    const entered = logInAdmin(http, credentials, { organizationId, unfinished: state === 'half set up' });
    const access = await unless(entered, 'unauthorised', 'forbidden');
    if (access) return access;
  }
  const access = await bootstrapTokenAccess(http, stateDir);
  if (!('unusable' in access)) return { ...access, via: 'bootstrapToken' };
  const source = given ? 'as given' : 'from admin.json';
  const found = credentials
    ? `it refuses the password of ${credentials.email} (${source})`
    : 'no credentials of it are stored or given';
  const reset =
    state === 'half set up'
      ? ', or, since this instance was never finished, empty its database and run again'
      : '';
  const why = need === undefined ? '' : ` An administrator is needed because ${need}.`;
  throw refused(
    `The Infisical at ${http.address} is ${state} already; ${found}, and ${access.unusable}. ` +
      'Give an administrator (INFISICAL_ADMIN_EMAIL and INFISICAL_ADMIN_PASSWORD), or an existing machine identity ' +
      `(INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET, INFISICAL_PROJECT_ID)${reset}.${why}`,
  );
}

const selectedSchema = z.object({ token: z.string().min(1), isMfaEnabled: z.boolean().default(false) });

/**
 * Logs in by e-mail and password and enters the organisation: `organizationId` if known, else the one of that name, else
 * the only one. An account of an `unfinished` set-up that has none gets it now. Bad credentials are an InfisicalError
 * `unauthorised`.
 */
export async function logInAdmin(
  http: InfisicalHttp,
  account: Account,
  { organizationId, unfinished }: { organizationId?: string | undefined; unfinished?: boolean } = {},
): Promise<AdminAccess> {
  const logIn = await backend(http, 'logIn');
  const outside = await logIn(http, account);
  if (outside === 'second factor') throw secondFactor(account);
  const session = new Session(http, outside);
  const found = await chooseOrganization(session, account, organizationId);
  const chosen = found ?? (await makeOrganization(session, account, unfinished));
  const route = '/api/v3/auth/select-organization';
  const { token, isMfaEnabled } = await session.post(route, selectedSchema, {
    body: { organizationId: chosen },
  });
  if (isMfaEnabled) throw secondFactor(account);
  return { session: new Session(http, new Secret(token)), organizationId: chosen, via: 'password' };
}

const secondFactor = ({ email }: Account) =>
  refused(
    `The administrator ${email} has a second factor, which a program cannot provide. Use a machine identity ` +
      '(INFISICAL_CLIENT_ID, INFISICAL_CLIENT_SECRET, INFISICAL_PROJECT_ID) or an administrator without one.',
  );

const organizationsSchema = z.object({
  organizations: z.array(z.object({ id: z.string(), name: z.string() })),
});

async function chooseOrganization(
  session: Session,
  { email, organization: wanted }: Account,
  knownId: string | undefined,
): Promise<string | undefined> {
  const { organizations } = await session.get('/api/v1/organization', organizationsSchema);
  const known = organizations.find(({ id }) => id === knownId);
  if (known) return known.id;
  const named = organizations.filter(({ name }) => name === wanted);
  const [only, ...others] = named.length > 0 ? named : organizations;
  if (!only || others.length === 0) return only?.id;
  const names = organizations.map(({ id, name }) => `"${name}" (${id})`).join(', ');
  throw refused(
    `The account ${email} belongs to several organisations, and not to exactly one called "${wanted}": ${names}. ` +
      'Name one with ONEX_ORGANIZATION.',
  );
}

const madeSchema = z.object({ organization: z.object({ id: z.string() }) });

/** What a set-up that was cut off after its first step did not come to; in an instance that is set up it is not ours to make. */
async function makeOrganization(
  session: Session,
  { email, organization }: Account,
  unfinished = false,
): Promise<string> {
  if (!unfinished)
    throw refused(
      `The account ${email} belongs to no organisation. Give an administrator who does (INFISICAL_ADMIN_EMAIL and ` +
        'INFISICAL_ADMIN_PASSWORD), or let one invite this account, then run again.',
    );
  const made = await session.post('/api/v2/organizations', madeSchema, { body: { name: organization } });
  return made.organization.id;
}

const emailOf = (email: string) => email.trim().toLowerCase();
