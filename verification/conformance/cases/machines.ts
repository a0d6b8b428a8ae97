import { expectEqual, expectOk, expectStatus, expectTrue, list, text } from '../expect';
import {
  machineLogin,
  machineToken,
  makeClientSecret,
  makeIdentity,
  makeMachine,
  revokeToken,
  universalAuth,
} from '../machine';
import * as routes from '../routes';
import { asAdministrator, either, type AdministratorWorld, type Case } from '../world';

const WRONG = 'not the client secret';

async function idsNamed(world: AdministratorWorld, name: string): Promise<unknown[]> {
  const { api, administrator } = world;
  const { token, orgId } = administrator;
  const search = () =>
    api.post('/api/v1/identities/search', { token, body: { search: { name: { $eq: name } } } });
  const listing = () =>
    api.get(`/api/v2/organizations/${orgId}/identity-memberships`, { token, query: { search: name } });
  const found = either(world, search, listing)();
  const rows = await list(found, either(world, 'identities', 'identityMemberships'));
  return rows.map(({ identity }) => (identity as { id: unknown }).id);
}

export const identityCases: Case[] = [
  asAdministrator('names of identities are not unique, and both are found by name', async (world) => {
    const made = [await makeIdentity(world, 'twin'), await makeIdentity(world, 'twin')];
    const found = await idsNamed(world, `conformance ${world.run} twin`);
    expectTrue(made[0] !== made[1] && made.every((id) => found.includes(id)), 'not both twins are found');
  }),
];

export const universalAuthCases: Case[] = [
  asAdministrator(
    'Universal Auth is attached once; the second time is 400 and GET gives the client id',
    async (world) => {
      const { identityId, clientId } = await makeMachine(world, 'attached');
      const { token } = world.administrator;
      const again = world.api.post(universalAuth(identityId), { token, body: {} });
      await expectStatus(again, 400, 'already configured');
      const read = world.api.get(universalAuth(identityId), { token });
      expectEqual(await text(read, 'identityUniversalAuth.clientId'), clientId, 'the client id');
    },
  ),

  asAdministrator(
    'a wrong client secret is 401, an unknown client id is 401 (404 in 2024)',
    async (world) => {
      const { clientId } = await makeMachine(world, 'wrong secret');
      await expectStatus(machineLogin(world, clientId, WRONG), 401, 'Invalid credentials');
      const unknown = machineLogin(world, '00000000-0000-4000-8000-000000000000', WRONG);
      await expectStatus(unknown, either(world, 401, 404));
    },
  ),

  asAdministrator(
    'three wrong secrets lock the client id, the right secret too, until the lock is cleared',
    async (world) => {
      const machine = await makeMachine(world, 'locked');
      const { clientSecret } = await makeClientSecret(world, machine);
      for (const _try of [1, 2, 3]) await expectStatus(machineLogin(world, machine.clientId, WRONG), 401);
      const logIn = () => machineLogin(world, machine.clientId, clientSecret);
      await expectStatus(logIn(), 401, 'temporarily locked');
      const path = `${universalAuth(machine.identityId)}/clear-lockouts`;
      await expectOk(world.api.post(path, { token: world.administrator.token, body: {} }));
      await expectOk(logIn());
    },
    'current',
  ),
];

export const clientSecretCases: Case[] = [
  asAdministrator('client secrets are found by description, without their text', async (world) => {
    const machine = await makeMachine(world, 'described');
    const description = `conformance ${world.run}`;
    const { id, clientSecret } = await makeClientSecret(world, machine, { description });
    const path = `${universalAuth(machine.identityId)}/client-secrets`;
    const answer = await world.api.get(path, { token: world.administrator.token });
    const rows = await list(answer, 'clientSecretData');
    const found = rows.filter((row) => row['description'] === description).map((row) => row['id']);
    expectEqual(found, [id], 'the client secrets of this description');
    expectTrue(!JSON.stringify(answer.body).includes(clientSecret), 'the listing shows the text');
  }),

  asAdministrator('a revoked client secret logs nobody in, the others still do', async (world) => {
    const machine = await makeMachine(world, 'revoked');
    const [old, current] = [await makeClientSecret(world, machine), await makeClientSecret(world, machine)];
    const path = `${universalAuth(machine.identityId)}/client-secrets/${old.id}/revoke`;
    await expectOk(world.api.post(path, { token: world.administrator.token, body: {} }));
    const refused = machineLogin(world, machine.clientId, old.clientSecret);
    await expectStatus(refused, 401, 'Invalid credentials');
    await expectOk(machineLogin(world, machine.clientId, current.clientSecret));
  }),

  asAdministrator('a client secret for one use logs in once', async (world) => {
    const machine = await makeMachine(world, 'one use');
    const { clientSecret } = await makeClientSecret(world, machine, { numUsesLimit: 1 });
    await expectOk(machineLogin(world, machine.clientId, clientSecret));
    const again = machineLogin(world, machine.clientId, clientSecret);
    await expectStatus(again, 401, 'usage limit reached');
  }),
];

export const tokenCases: Case[] = [
  asAdministrator('a revoked access token is 401', async (world) => {
    const token = await machineToken(world, 'revoked token', 'viewer');
    await expectOk(routes.listSecrets(world, '/', { token }));
    await revokeToken(world, token);
    await expectStatus(routes.listSecrets(world, '/', { token }), 401);
  }),

  asAdministrator(
    'renewing at the default lifetimes gives a token for what is left (2024: 401, and ends the token)',
    async (world) => {
      const token = await machineToken(world, 'renewed token', 'viewer');
      const renewal = world.api.post('/api/v1/auth/token/renew', { body: { accessToken: token } });
      await expectStatus(renewal, either(world, 200, 401));
      await expectStatus(routes.listSecrets(world, '/', { token }), either(world, 200, 401));
    },
  ),

  asAdministrator(
    'a revoked token is not renewed, and may be revoked again',
    async (world) => {
      const token = await machineToken(world, 'renewed too late', 'viewer');
      await revokeToken(world, token);
      await revokeToken(world, token);
      const renewal = world.api.post('/api/v1/auth/token/renew', { body: { accessToken: token } });
      await expectStatus(renewal, 401, 'Cannot renew: token has been revoked');
    },
    'current',
  ),
];
