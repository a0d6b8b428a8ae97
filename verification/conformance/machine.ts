import { expectOk, text } from './expect';
import * as routes from './routes';
import type { AdministratorWorld } from './world';

/** A machine identity that a case made for itself; it goes when the run ends. */
export interface Machine {
  identityId: string;
  clientId: string;
}

const universalAuth = (identityId: string) => `/api/v1/auth/universal-auth/identities/${identityId}`;

/**
 * An identity without any role, with Universal Auth, and with `role` in the project where one is given. `fields` are
 * those of Universal Auth, such as lifetimes.
 */
export async function makeMachine(
  world: AdministratorWorld,
  name: string,
  role?: string,
  fields: object = {},
): Promise<Machine> {
  const identityId = await makeIdentity(world, name);
  const { token } = world.administrator;
  const attached = await world.api.post(universalAuth(identityId), { token, body: fields });
  const clientId = text(attached, 'identityUniversalAuth.clientId');
  if (role !== undefined) {
    expectOk(await world.api.post(routes.members(world, identityId), { token, body: { roles: [{ role }] } }));
  }
  return { identityId, clientId };
}

export async function makeIdentity(world: AdministratorWorld, name: string): Promise<string> {
  const { token, orgId } = world.administrator;
  const body = { name: `conformance ${world.run} ${name}`, organizationId: orgId, role: 'no-access' };
  const id = text(await world.api.post('/api/v1/identities', { token, body }), 'identity.id');
  world.cleanUp.push(() => world.api.delete(`/api/v1/identities/${id}`, { token }));
  return id;
}

/** A new client secret: its id and its plain text. */
export async function makeClientSecret(world: AdministratorWorld, machine: Machine, fields: object = {}) {
  const { token } = world.administrator;
  const path = `${universalAuth(machine.identityId)}/client-secrets`;
  const made = await world.api.post(path, { token, body: fields });
  return { id: text(made, 'clientSecretData.id'), clientSecret: text(made, 'clientSecret') };
}

export const machineLogin = (world: AdministratorWorld, clientId: string, clientSecret: string) =>
  world.api.post('/api/v1/auth/universal-auth/login', { body: { clientId, clientSecret } });

/** A logged-in machine with a role in the project, or with none. */
export async function machineToken(world: AdministratorWorld, name: string, role?: string): Promise<string> {
  const machine = await makeMachine(world, name, role);
  const { clientSecret } = await makeClientSecret(world, machine);
  return text(await machineLogin(world, machine.clientId, clientSecret), 'accessToken');
}

/** Revokes one client secret, as the administrator. */
export const revokeClientSecret = (world: AdministratorWorld, machine: Machine, id: string) =>
  world.api.post(`${universalAuth(machine.identityId)}/client-secrets/${id}/revoke`, {
    token: world.administrator.token,
    body: {},
  });

/** The client secrets of a machine, without their texts. */
export const listClientSecrets = (world: AdministratorWorld, machine: Machine) =>
  world.api.get(`${universalAuth(machine.identityId)}/client-secrets`, { token: world.administrator.token });
