import { refused } from '../../contracts/core/failures';
import type { StepProgress } from '../http';
import { Session } from '../session';
import { connect } from './access';
import type { AccessPlace } from './credentials';
import { administratorStore } from './identities';
import { keepToken, keptToken } from './kept-tokens';

/**
 * The administrator that makes and ends the identities of hosts. A hundred hosts one after another are one login and not one
 * each: servers let a few in a minute, and it takes longer than all else that a host's identity needs.
 */
export async function administratorSession(
  home: AccessPlace & { infisicalAddress: () => Promise<string> },
  need: string,
  progress: StepProgress,
): Promise<Session> {
  const { environment } = home;
  const address = await home.infisicalAddress();
  const holder = { address, name: 'administrator' };
  const logIn = async () => {
    const store = await administratorStore(home, address, { ...progress, need });
    if (store === undefined)
      throw refused(
        `Only an administrator makes and ends the identities of hosts, and ${environment} uses an identity that was given. Declare it with INFISICAL_ADMIN_EMAIL and INFISICAL_ADMIN_PASSWORD set: onex-bootstrap declare -e ${environment}`,
      );
    const token = await store.session.ready();
    keepToken(home, holder, token);
    return token;
  };
  const token = keptToken(home, holder) ?? (await logIn());
  return new Session(await connect(home, address, progress), token, logIn);
}
