import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { refused } from '../../contracts/core/failures';

import type { Account, BootstrapToken } from '../backend';
import type { InfisicalHttp } from '../http';
import { isInfisicalError, unless } from '../problem';
import { backend } from '../server';
import type { Session } from '../session';
import { CLOSING, readClosingAccount, writeAheadAdmin } from './state';

/**
 * Closes an instance whose set-up was cut off. Until its set-up is done, anybody who reaches it can become its super
 * administrator, and the only request that ends that is the set-up itself: it is done once more by an account for this
 * alone, which the real administrator then removes with its organisation. Safe to repeat after a kill.
 */
export async function closeInstance(
  session: Session,
  { stateDir, email, name }: { stateDir: string; email: string; name: string },
): Promise<void> {
  const mark = randomBytes(6).toString('hex');
  const [, domain] = email.split('@');
  const helper = { email: `onex-closing-${mark}@${domain}`, organization: `${name} closing ${mark}` };
  const account = await writeAheadAdmin(stateDir, helper, CLOSING);
  if ((await attemptSetUp(session.http, account)) === 'torn') {
    // the closing was itself cut off: what it left is in the way
    await removeFound(session, account);
    if ((await attemptSetUp(session.http, account)) === 'torn') throw leftOpen(session.http);
  }
  await removeHelper(session, stateDir, email);
}

/**
 * Makes the first administrator. Where somebody did before, perhaps we, with an answer that was lost, the instance is
 * `finished`, or `torn`: that account is there, and the set-up is not done.
 */
export async function attemptSetUp(
  http: InfisicalHttp,
  account: Account,
): Promise<{ token: BootstrapToken | undefined } | 'torn' | 'finished'> {
  const setUp = await backend(http, 'setUp');
  try {
    return { token: (await setUp(http, account)).token };
  } catch (error) {
    if (!isInfisicalError(error, 'conflict')) throw error;
    // the configuration may come from a cache that is older than the set-up
    return error.says(/already been set up/i) ? 'finished' : 'torn';
  }
}

const USERS = '/api/v1/admin/user-management/users';
const ORGANIZATIONS = '/api/v1/admin/organization-management/organizations';
const usersSchema = z.object({
  users: z.array(
    z.object({ id: z.string(), email: z.string().nullish(), superAdmin: z.boolean().nullish() }),
  ),
});
const organizationsSchema = z.object({
  organizations: z.array(z.object({ id: z.string(), name: z.string() })),
});

/** Removes the account that closed the instance, in this run or in one that was killed; false where there is none. */
export async function removeHelper(session: Session, stateDir: string, admin: string): Promise<boolean> {
  const helper = await readClosingAccount(stateDir);
  if (helper === undefined) return false;
  await removeFound(session, helper);
  await assertAlone(session, admin);
  await rm(join(stateDir, CLOSING), { force: true });
  return true;
}

async function removeFound(session: Session, { email, organization }: Account): Promise<void> {
  // servers of 2024 list users only: the organisation stays there, empty and without members
  const listed = session.get(ORGANIZATIONS, organizationsSchema, { query: { searchTerm: organization } });
  const { organizations } = (await unless(listed, 'routeMissing', 'notFound')) ?? { organizations: [] };
  for (const { id } of organizations.filter(({ name }) => name === organization))
    await remove(session, `${ORGANIZATIONS}/:id`, id);
  const { users } = await session.get(USERS, usersSchema, { query: { searchTerm: email } });
  for (const { id } of users.filter((user) => user.email === email))
    await remove(session, `${USERS}/:id`, id);
}

const remove = (session: Session, route: string, id: string) =>
  unless(session.send({ method: 'DELETE', route, params: { id } }, z.unknown()), 'notFound');

/** Refuses an instance that somebody else took over while it was open. */
async function assertAlone(session: Session, email: string): Promise<void> {
  const { users } = await session.get(USERS, usersSchema, { query: { limit: '100' } });
  const others = users.filter((user) => user.superAdmin === true && user.email !== email);
  if (others.length === 0) return;
  throw refused(
    `${session.http.address} was open while its set-up was cut off, and has ${others.length} super ` +
      `${others.length === 1 ? 'administrator' : 'administrators'} beside ${email}: look into its server console. ` +
      'Remove who should not be there, or empty its database and run up again.',
  );
}

const OPEN =
  'its set-up was never finished (initialized is false), so that anybody who reaches it can become its super administrator';

/** For an instance that is not ours to close. */
export const leftOpen = (http: InfisicalHttp) =>
  refused(
    `The Infisical at ${http.address} is open: ${OPEN}. Finish it, in its web page or by one run of up with ` +
      'INFISICAL_ADMIN_EMAIL and INFISICAL_ADMIN_PASSWORD, then run up again.',
  );
