import { expectOk, expectOneOf, expectStatus, expectTrue, list, Mismatch, text } from '../expect';
import { logIn, openSession } from '../log-in';
import * as routes from '../routes';
import type { AdministratorWorld, Case } from '../world';

export const recoveryCases: Case[] = [
  {
    name: 'an administrator logs in again and selects the organisation',
    needs: 'administrator',
    run: async (world) => {
      const { token, orgId } = await logIn(world.api, world.generation, world.administrator.account);
      expectTrue(orgId === world.administrator.orgId, 'another organisation came first');
      expectOk(await world.api.get(routes.projectById(world.projectId), { token }));
    },
  },
  {
    name: 'a token without an organisation opens no project',
    needs: 'administrator',
    run: async (world) => {
      const token = await openSession(world.api, world.generation, world.administrator.account);
      expectOneOf(await world.api.get(routes.projectById(world.projectId), { token }), [401, 403]);
    },
  },
  {
    name: 'a wrong password is refused (400; 500 in 2024)',
    needs: 'administrator',
    run: async ({ api, generation, administrator }) => {
      const { email } = administrator.account;
      const refused = await openSession(api, generation, { email, password: 'wrong password' }).then(
        () => undefined,
        (error: unknown) => error,
      );
      const wanted = generation === 'current' ? 'got 400' : 'got 500';
      expectTrue(
        refused instanceof Mismatch && refused.message.includes(wanted),
        `the refusal is not "${wanted}"`,
      );
    },
  },
  {
    name: 'a super admin mints and revokes a token of the instance identity',
    needs: 'administrator',
    only: 'current',
    run: async (world) => {
      const identityId = await instanceIdentity(world);
      if (identityId === undefined) return;
      const { token } = world.administrator;
      const path = `/api/v1/auth/token-auth/identities/${identityId}/tokens`;
      const minted = await world.api.post(path, { token, body: { name: `conformance ${world.run}` } });
      const accessToken = text(minted, 'accessToken');
      expectOk(await world.api.get('/api/v1/projects', { token: accessToken }));
      expectOk(await world.api.post('/api/v1/auth/token/revoke', { body: { accessToken } }));
      expectStatus(await world.api.get('/api/v1/projects', { token: accessToken }), 401);
    },
  },
];

// An instance that was signed up in a browser has none.
async function instanceIdentity({ api, administrator }: AdministratorWorld): Promise<string | undefined> {
  const path = '/api/v1/admin/identity-management/identities';
  const answer = await api.get(path, { token: administrator.token, query: { searchTerm: 'Instance' } });
  const found = list(answer, 'identities').find(({ isInstanceAdmin }) => isInstanceAdmin === true);
  return found && String(found.id);
}
