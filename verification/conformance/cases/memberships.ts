import { expectEqual, expectOk, expectOneOf, expectStatus, read } from '../expect';
import { makeIdentity } from '../machine';
import * as routes from '../routes';
import type { Case } from '../world';

export const membershipCases: Case[] = [
  {
    name: 'an identity joins a project once (then 400) and PATCH replaces its roles',
    needs: 'administrator',
    run: async (world) => {
      const path = routes.members(world, await makeIdentity(world, 'member'));
      const { token } = world.administrator;
      const roles = (role: string) => ({ token, body: { roles: [{ role }] } });
      expectOk(await world.api.post(path, roles('viewer')));
      expectStatus(await world.api.post(path, roles('viewer')), 400, 'already');
      expectOk(await world.api.patch(path, roles('member')));
      const now = read(expectOk(await world.api.get(path, { token })).body, 'identityMembership.roles');
      expectEqual(Array.isArray(now) ? now.map((row) => read(row, 'role')) : now, ['member'], 'the roles');
    },
  },
  {
    name: 'changing the roles of a stranger is 400 or 404',
    needs: 'administrator',
    run: async (world) => {
      const path = routes.members(world, await makeIdentity(world, 'stranger'));
      const body = { roles: [{ role: 'viewer' }] };
      expectOneOf(await world.api.patch(path, { token: world.administrator.token, body }), [400, 404]);
    },
  },
];
