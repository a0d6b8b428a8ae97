import { refused } from '../../contracts/core/failures';
import type { Project } from '../backend';
import type { InfisicalHttp } from '../http';
import { isInfisicalError } from '../problem';
import { login } from '../session';
import { readProject } from './project';
import { completeIdentity, readIdentityState, type CompleteIdentity, type IdentityState } from './state';

/** Two identities that log in, and the project that they belong to. */
export interface ProvisionedIdentities {
  organizationId: string;
  project: Project;
  runtime: CompleteIdentity;
  seeder: CompleteIdentity;
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
  const runtime = completeIdentity(state, 'runtime');
  const seeder = completeIdentity(state, 'seeder');
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

/** Credentials are never shown to a server that did not issue them; on this machine the port may change. */
export function assertSameServer(
  { address }: Pick<IdentityState, 'address'>,
  asked: string,
  stateDir: string,
): void {
  if (address === asked || (isLoopback(address) && isLoopback(asked))) return;
  throw refused(
    `${stateDir}/identity.json belongs to ${address}, not to ${asked}. Use another ONEX_STATE_DIR for another ` +
      'Infisical; if it is the same one at a new address, change "address" in that file.',
  );
}

const isLoopback = (address: string) =>
  URL.canParse(address) && ['127.0.0.1', 'localhost', '[::1]'].includes(new URL(address).hostname);
