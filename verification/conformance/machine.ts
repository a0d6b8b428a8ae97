import { expectOk, text } from './expect';
import * as routes from './routes';
import type { AdministratorWorld } from './world';

/** A machine identity that a case made for itself; it goes when the run ends. */
export interface Machine {
  identityId: string;
  clientId: string;
}

/** The route of an identity's Universal Auth. */
export const universalAuth = (identityId: string) => `/api/v1/auth/universal-auth/identities/${identityId}`;

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
  const attached = world.api.post(universalAuth(identityId), { token, body: fields });
  const clientId = await text(attached, 'identityUniversalAuth.clientId');
  if (role !== undefined) {
    const body = { roles: [{ role }] };
    await expectOk(world.api.post(routes.members(world, identityId), { token, body }));
  }
  return { identityId, clientId };
}

export async function makeIdentity(world: AdministratorWorld, name: string): Promise<string> {
  const { token, orgId } = world.administrator;
  const body = { name: `conformance ${world.run} ${name}`, organizationId: orgId, role: 'no-access' };
  const id = await text(world.api.post('/api/v1/identities', { token, body }), 'identity.id');
  world.cleanUp.push(() => world.api.delete(`/api/v1/identities/${id}`, { token }));
  return id;
}

/** A new client secret: its id and its plain text. */
export async function makeClientSecret(
  { api, administrator }: AdministratorWorld,
  { identityId }: Machine,
  body: object = {},
) {
  const path = `${universalAuth(identityId)}/client-secrets`;
  const made = await api.post(path, { token: administrator.token, body });
  return { id: await text(made, 'clientSecretData.id'), clientSecret: await text(made, 'clientSecret') };
}

export const machineLogin = ({ api }: AdministratorWorld, clientId: string, clientSecret: string) =>
  api.post('/api/v1/auth/universal-auth/login', { body: { clientId, clientSecret } });

/** A logged-in machine with a role in the project, or with none. */
export async function machineToken(
  world: AdministratorWorld,
  name: string,
  role?: string,
  fields?: object,
): Promise<string> {
  const machine = await makeMachine(world, name, role, fields);
  const { clientSecret } = await makeClientSecret(world, machine);
  return text(machineLogin(world, machine.clientId, clientSecret), 'accessToken');
}

export const revokeToken = ({ api }: AdministratorWorld, accessToken: string) =>
  expectOk(api.post('/api/v1/auth/token/revoke', { body: { accessToken } }));
