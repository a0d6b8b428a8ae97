import type { Secret } from '../../contracts/core/secret';
import { isInfisicalError } from '../problem';
import type { InfisicalHttp } from '../http';
import { login } from '../session';
import { readIdentityState, type IdentityState } from '../state/identity-state';
import { assertSameServer } from './assert-same-server';
import { readProject, type Project } from './read-project';

export interface ProvenIdentity {
  identityId: string;
  clientId: string;
  clientSecret: Secret;
}

/** Two identities that log in, and the project that they belong to. */
export interface ProvisionedIdentities {
  organizationId: string;
  project: Project;
  runtime: ProvenIdentity;
  seeder: ProvenIdentity;
}

/**
 * Proves what an earlier run stored: a login each, and one read of the project. `incomplete` says why an
 * administrator is needed again.
 */
export async function verifyStored(
  http: InfisicalHttp,
  stateDir: string,
): Promise<ProvisionedIdentities | { incomplete: string }> {
  const state = await readIdentityState(stateDir);
  if (!state) return { incomplete: 'nothing is stored' };
  assertSameServer(state, http.address, stateDir);
  const runtime = complete(state, 'runtime');
  const seeder = complete(state, 'seeder');
  if (!runtime || !seeder) return { incomplete: 'an earlier run ended half-way' };
  try {
    const [session] = await Promise.all([login(http, runtime), login(http, seeder)]);
    const project = await readProject(session, state.projectId);
    return { organizationId: state.organizationId, project, runtime, seeder };
  } catch (error) {
    if (isInfisicalError(error, 'unauthorised', 'lockedOut', 'forbidden', 'notFound'))
      return { incomplete: `the server refuses what is stored (${error.message})` };
    throw error;
  }
}

function complete({ identities }: IdentityState, role: 'runtime' | 'seeder'): ProvenIdentity | undefined {
  const { identityId, clientId, clientSecret } = identities[role] ?? {};
  return identityId !== undefined && clientId !== undefined && clientSecret !== undefined
    ? { identityId, clientId, clientSecret }
    : undefined;
}
