import type { Generation } from '../backend';
import { identities, projects } from './projects';
import { folders, secrets } from './secrets';

/**
 * Servers of 2024-10 and later: v3 secrets, v1 folders, "workspaces", an account made and used by SRP. A folder that is not
 * there is an empty list, invalid input a 401, a rate limit, a wrong password and every fault a 500.
 */
export const legacy2024: Omit<Generation, 'knownBy'> = {
  name: 'v3',
  backend: {
    ...{ projects, identities, folders, secrets },
    // its account is rarely used, and the arithmetic of its logins takes long to load
    setUp: async (...given) => (await import('./administrator.js')).setUp(...given),
    logIn: async (...given) => (await import('./administrator.js')).logIn(...given),
    changePassword: async (...given) => (await import('./administrator.js')).changePassword(...given),
    privileges: { route: undefined },
  },
};
