import { readIdentityState } from '../identity/state';

import { givenIdentity, type AccessPlace } from './credentials';
import { wantedIdentities } from './identities';

/** The client secret of an identity that was made here. */
export interface ClientSecretAge {
  role: string;
  name: string;
  /** When it was made and by when it is to be rotated, in milliseconds since the epoch; undefined where nobody noted it. */
  made: { at: number; due: number } | undefined;
}

/** How old the client secrets of an environment are, as far as this host knows them; none of an identity that was given. */
export async function clientSecretAges(
  place: Parameters<typeof wantedIdentities>[0] &
    Pick<AccessPlace, 'stateDir' | 'variables'> & { rotateWithin: number },
): Promise<ClientSecretAge[]> {
  if (givenIdentity(place.variables) !== undefined) return [];
  const known = (await readIdentityState(place.stateDir))?.identities ?? {};
  return wantedIdentities(place).flatMap(({ role, name }) => {
    const { clientSecret, issuedAt: at } = known[role] ?? {};
    if (clientSecret === undefined) return [];
    return [{ role, name, made: at === undefined ? undefined : { at, due: at + place.rotateWithin * 1000 } }];
  });
}
