import { expectEqual, expectOneOf, expectStatus, expectTrue, read } from '../expect';
import * as routes from '../routes';
import type { Case } from '../world';

const SIGNED_BY_NOBODY =
  'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJhdXRoVG9rZW5UeXBlIjoiaWRlbnRpdHlBY2Nlc3NUb2tlbiJ9.c2lnbmVkIGJ5IG5vYm9keQ';
const MEBIBYTE = 1024 * 1024;

export const refusalCases: Case[] = [
  {
    name: 'no token is 401',
    run: async (world) => {
      expectStatus(await world.api.get(routes.projectById(world.projectId)), 401, 'Token missing');
    },
  },
  {
    name: 'a malformed token is 403, not 401',
    run: async (world) => {
      expectStatus(await routes.listSecrets(world, '/', { token: 'garbage' }), 403, 'malformed');
    },
  },
  {
    name: 'a forged token is 403, not 401',
    run: async (world) => {
      expectStatus(
        await routes.listSecrets(world, '/', { token: SIGNED_BY_NOBODY }),
        403,
        'invalid signature',
      );
    },
  },
  {
    name: 'invalid input is 422 (401 in 2024) with a list as the message',
    run: async (world) => {
      const answer = await routes.listSecrets(world, '/', { fields: { recursive: 'perhaps' } });
      expectStatus(answer, world.generation === 'current' ? 422 : 401);
      expectTrue(Array.isArray(read(answer.body, 'message')), 'the message is not a list');
      expectEqual(read(answer.body, 'error'), 'ValidationFailure', 'the name of the error');
    },
  },
  {
    name: 'an unknown project is 404 for secrets',
    run: async (world) => {
      const other = { ...world, projectId: '00000000-0000-4000-8000-000000000000' };
      expectStatus(await routes.listSecrets(other, '/'), 404);
    },
  },
  {
    name: 'a body over 1 MiB is refused and nothing is written',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'too-big');
      const answer = await routes.secret(world, 'POST', 'BIG', path, { secretValue: 'x'.repeat(MEBIBYTE) });
      expectOneOf(answer, [413, 500]);
      expectStatus(await routes.secret(world, 'GET', 'BIG', path), 404);
    },
  },
];
