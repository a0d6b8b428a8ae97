import { refused } from '../../contracts/core/failures';
import type { Secret } from '../../contracts/core/secret';
import type { StepProgress } from '../http';
import { Session } from '../session';
import { connect } from './access';
import type { AccessPlace } from './credentials';
import { administratorStore } from './identities';

const KEPT_FOR_MS = 60_000; // as long as the hosts of a page get their identities

/** The newest token of the administrator of an environment, for as long as that is open, and where it counts. */
const kept = new WeakMap<AccessPlace, { address: string; token: Secret; until: number }>();

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
  const logIn = async () => {
    const store = await administratorStore(home, address, { ...progress, need });
    if (store === undefined)
      throw refused(
        `Only an administrator makes and ends the identities of hosts, and ${environment} uses an identity that was given. Declare it with INFISICAL_ADMIN_EMAIL and INFISICAL_ADMIN_PASSWORD set: onex-bootstrap declare -e ${environment}`,
      );
    const token = await store.session.during((token) => Promise.resolve(token));
    kept.set(home, { address, token, until: performance.now() + KEPT_FOR_MS });
    return token;
  };
  const known = kept.get(home);
  const isGood = known?.address === address && performance.now() < known.until;
  const token = isGood ? known.token : await logIn();
  return new Session(await connect(home, address, progress), token, logIn);
}
