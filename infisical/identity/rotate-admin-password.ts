import { randomBytes } from 'node:crypto';
import { refused } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { keepRotation, noteSwitched, readRotation } from '../../environment/files/rotations';
import { unless } from '../problem';
import { backend } from '../server';
import { logInAdmin, type EnsureAdminInput } from './administrator';
import { readAdminCredentials, readIdentityState, saveAdminCredentials } from './state';

const NAME = 'admin-password';
const OF = 'administrator';

/** The password of the administrator that we made, whom nobody but us logs in as. */
export function rotateAdminPassword({ http, stateDir, given }: EnsureAdminInput) {
  const enter = async (password: Secret) => {
    const [account, known] = await Promise.all([stored(), readIdentityState(stateDir)]);
    const there = { organizationId: known?.organizationId };
    return unless(logInAdmin(http, { ...account, password }, there), 'unauthorised', 'forbidden');
  };
  const stored = async () => {
    const account = given === undefined ? await readAdminCredentials(stateDir) : undefined;
    if (account !== undefined) return account;
    throw refused(
      'The administrator of this Infisical was not made here: change that password there, and declare the environment with the new one (INFISICAL_ADMIN_EMAIL, INFISICAL_ADMIN_PASSWORD; onex-bootstrap declare).',
    );
  };

  return {
    /** Written ahead: the account may have it from the next step on. */
    prepare: async (): Promise<string[]> => {
      const { password } = await stored();
      const { fresh } = await readRotation(stateDir, NAME);
      if (fresh[OF] !== undefined) return [];
      await keepRotation(stateDir, NAME, {
        fresh: { [OF]: { secret: new Secret(randomBytes(24).toString('base64url')) } },
        old: { [OF]: { secret: password } },
      });
      return [];
    },

    change: async () => {
      const account = await stored();
      const { fresh, old } = await readRotation(stateDir, NAME);
      const [next, before] = [fresh[OF]?.secret, old[OF]?.secret];
      if (next === undefined || before === undefined) throw refused('No new password was prepared.');
      const access = await enter(before);
      if (access !== undefined)
        await (
          await backend(http, 'changePassword')
        )(access.session, { ...account, password: before }, next);
      if ((await enter(next)) === undefined)
        throw refused(
          `Infisical lets ${account.email} in with neither the old nor the new password: see ${stateDir}/rotation.json.`,
        );
      await saveAdminCredentials(stateDir, { ...account, password: next });
      const changes = [`changed the password of the administrator ${account.email}`];
      return { changes, at: await noteSwitched(stateDir, NAME) };
    },

    retire: async (): Promise<string[]> => {
      const { email } = await stored();
      const before = (await readRotation(stateDir, NAME)).old[OF]?.secret;
      if (before === undefined) return [];
      if ((await enter(before)) !== undefined)
        throw refused(`Infisical still lets ${email} in with the old password.`);
      return [`the old password of ${email} logs in no more`];
    },
  };
}
