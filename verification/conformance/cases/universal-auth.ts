import { expectEqual, expectOk, expectStatus, text } from '../expect';
import { machineLogin, makeClientSecret, makeMachine } from '../machine';
import type { Case } from '../world';

const WRONG = 'not the client secret';

export const universalAuthCases: Case[] = [
  {
    name: 'Universal Auth is attached once; the second time is 400 and GET gives the client id',
    needs: 'administrator',
    run: async (world) => {
      const { identityId, clientId } = await makeMachine(world, 'attached');
      const path = `/api/v1/auth/universal-auth/identities/${identityId}`;
      const { token } = world.administrator;
      expectStatus(await world.api.post(path, { token, body: {} }), 400, 'already configured');
      const read = await world.api.get(path, { token });
      expectEqual(text(read, 'identityUniversalAuth.clientId'), clientId, 'the client id');
    },
  },
  {
    name: 'a wrong client secret is 401, an unknown client id is 401 (404 in 2024)',
    needs: 'administrator',
    run: async (world) => {
      const { clientId } = await makeMachine(world, 'wrong secret');
      expectStatus(await machineLogin(world, clientId, WRONG), 401, 'Invalid credentials');
      const unknown = await machineLogin(world, '00000000-0000-4000-8000-000000000000', WRONG);
      expectStatus(unknown, world.generation === 'current' ? 401 : 404);
    },
  },
  {
    name: 'three wrong secrets lock the client id, the right secret too, until the lock is cleared',
    needs: 'administrator',
    only: 'current',
    run: async (world) => {
      const machine = await makeMachine(world, 'locked');
      const { clientSecret } = await makeClientSecret(world, machine);
      for (const _try of [1, 2, 3]) expectStatus(await machineLogin(world, machine.clientId, WRONG), 401);
      expectStatus(await machineLogin(world, machine.clientId, clientSecret), 401, 'temporarily locked');
      const path = `/api/v1/auth/universal-auth/identities/${machine.identityId}/clear-lockouts`;
      expectOk(await world.api.post(path, { token: world.administrator.token, body: {} }));
      expectOk(await machineLogin(world, machine.clientId, clientSecret));
    },
  },
];
