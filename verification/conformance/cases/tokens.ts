import { expectOk, expectStatus } from '../expect';
import { machineToken } from '../machine';
import * as routes from '../routes';
import type { Case } from '../world';

export const tokenCases: Case[] = [
  {
    name: 'a revoked access token is 401',
    needs: 'administrator',
    run: async (world) => {
      const token = await machineToken(world, 'revoked token', 'viewer');
      expectOk(await routes.listSecrets(world, '/', { token }));
      expectOk(await world.api.post('/api/v1/auth/token/revoke', { body: { accessToken: token } }));
      expectStatus(await routes.listSecrets(world, '/', { token }), 401);
    },
  },
  {
    name: 'renewing at the default lifetimes is 401 (2024: and ends the token)',
    needs: 'administrator',
    run: async (world) => {
      const token = await machineToken(world, 'renewed token', 'viewer');
      expectStatus(await world.api.post('/api/v1/auth/token/renew', { body: { accessToken: token } }), 401);
      const after = await routes.listSecrets(world, '/', { token });
      if (world.generation === 'current') expectOk(after);
      else expectStatus(after, 401);
    },
  },
];
