import type { Generation } from '../backend';
import { changePassword, logIn, setUp } from './administrator';
import { identities, privileges, projects } from './projects';
import { folders, secrets } from './secrets';

/**
 * Servers with v4 secrets and `/api/v1/projects`, since 2025. Unlike those of 2024 their reads expand references and add
 * imports unless they are told not to, by another name (`includeImports`); a folder that is not there is a 404, invalid
 * input a 422, a rate limit a 429; a token of a revoked client secret is dead; several folders are written in one request.
 */
export const current: Generation = {
  name: 'v4',
  backend: { setUp, logIn, changePassword, projects, identities, privileges, folders, secrets },
  knownBy: {
    // an empty body fails validation before the handler runs, whether the instance is set up or not
    setUp: ['POST', '/api/v1/admin/bootstrap'],
    logIn: ['POST', '/api/v3/auth/login'],
    changePassword: ['POST', '/api/v2/password/user/password-reset'],
    projects: ['GET', '/api/v1/projects'],
    identities: ['GET', '/api/v1/projects/any/memberships/identities/any'],
    privileges: ['GET', '/api/v2/identity-project-additional-privilege'],
    folders: ['GET', '/api/v2/folders'],
    secrets: ['GET', '/api/v4/secrets'],
  },
};
