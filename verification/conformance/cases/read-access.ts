import { setTimeout as sleep } from 'node:timers/promises';
import { expectEqual, expectOk, expectOneOf, expectStatus, expectTrue, list, text } from '../expect';
import { machineLogin, machineToken, makeClientSecret, makeMachine } from '../machine';
import * as routes from '../routes';
import { listFolder, readSecret } from '../v3-reads';
import type { AdministratorWorld, Case } from '../world';

export const readAccessCases: Case[] = [
  {
    name: 'a viewer reads single values; no role and no membership are 403',
    needs: 'administrator',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'read-roles');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'v' }));
      const viewer = await machineToken(world, 'reader', 'viewer');
      expectEqual(
        text(await readSecret(world, 'KEY', { path, token: viewer }), 'secret.secretValue'),
        'v',
        'the value',
      );
      const nobody = await machineToken(world, 'reader without a role', 'no-access');
      expectStatus(await readSecret(world, 'KEY', { path, token: nobody }), 403, 'You are not allowed to ');
      // Refused before anybody looks whether it is there.
      expectStatus(
        await readSecret(world, 'NONE', { path: '/none', token: nobody }),
        403,
        'You are not allowed to ',
      );
      const outsider = await machineToken(world, 'reader outside');
      const refused = await readSecret(world, 'KEY', { path, token: outsider });
      if (world.generation === 'current') expectOneOf(refused, [403, 404]);
      else expectStatus(refused, 403, 'You are not allowed to access this resource');
    },
  },
  {
    name: 'a recursive list of what the caller may not read is 403 (2024: 200 and empty)',
    needs: 'administrator',
    run: async (world) => {
      const token = await machineToken(world, 'lister without a role', 'no-access');
      const plain = await listFolder(world, { path: '/', token });
      const recursive = await listFolder(world, { path: '/', token, fields: { recursive: 'true' } });
      expectStatus(plain, 403, 'You are not allowed to ');
      if (world.generation === 'current') expectStatus(recursive, 403);
      else expectEqual(list(recursive, 'secrets'), [], 'the secrets');
    },
  },
  {
    name: 'a revoked token is 401 for single reads and lists',
    needs: 'administrator',
    run: async (world) => {
      const token = await machineToken(world, 'reader to be revoked', 'viewer');
      expectOk(await listFolder(world, { path: world.root, token }));
      expectOk(await world.api.post('/api/v1/auth/token/revoke', { body: { accessToken: token } }));
      for (const answer of [
        await readSecret(world, 'KEY', { path: world.root, token }),
        await listFolder(world, { path: world.root, token }),
      ]) {
        expectStatus(answer, 401);
        if (world.generation === '2024') expectStatus(answer, 401, 'No identity access token found');
      }
    },
  },
  {
    name: 'garbage as a token is 403 for single reads and lists, no token is 401',
    run: async (world) => {
      const garbage = { path: world.root, token: 'garbage' };
      expectStatus(await readSecret(world, 'KEY', garbage), 403, 'malformed');
      expectStatus(await listFolder(world, garbage), 403, 'malformed');
      expectStatus(await world.api.get('/api/v3/secrets/raw/KEY'), 401, 'Token missing');
    },
  },
  {
    name: 'an expired token is 403 (2024: 401 while its maximum is not reached)',
    needs: 'administrator',
    run: async (world) => {
      const token = await shortToken(world, 'reader for a second', 1);
      const renewable = await shortToken(world, 'reader for a second at a time', 100);
      await sleep(2100);
      const read = (each: string) => readSecret(world, 'KEY', { path: world.root, token: each });
      expectStatus(await read(token), 403, 'Your token has expired');
      if (world.generation === 'current') {
        expectStatus(await read(renewable), 403, 'Your token has expired');
      } else {
        expectStatus(await read(renewable), 401, 'TTL expiration');
        expectStatus(await read(renewable), 401, 'No identity access token found');
      }
    },
  },
  {
    name: 'a login without a client secret is refused as invalid input: 422 (401 in 2024, like a wrong one)',
    run: async (world) => {
      const answer = await world.api.post('/api/v1/auth/universal-auth/login', { body: { clientId: 'x' } });
      expectStatus(answer, world.generation === 'current' ? 422 : 401, 'a list of validation issues');
    },
  },
  {
    name: 'a login tells the lifetime of its token in seconds',
    needs: 'administrator',
    run: async (world) => {
      const machine = await makeMachine(world, 'login');
      const { clientSecret } = await makeClientSecret(world, machine);
      const { body } = expectOk(await machineLogin(world, machine.clientId, clientSecret));
      const { accessToken, expiresIn, tokenType } = body as Record<string, unknown>;
      expectTrue(
        typeof accessToken === 'string' && typeof expiresIn === 'number' && expiresIn > 0,
        'no lifetime',
      );
      expectEqual(tokenType, 'Bearer', 'the type of the token');
    },
  },
];

async function shortToken(world: AdministratorWorld, name: string, maximum: number): Promise<string> {
  const lifetimes = { accessTokenTTL: 1, accessTokenMaxTTL: maximum };
  const machine = await makeMachine(world, name, 'viewer', lifetimes);
  const { clientSecret } = await makeClientSecret(world, machine);
  return text(await machineLogin(world, machine.clientId, clientSecret), 'accessToken');
}
