import { expectEqual, expectOk, expectStatus, list, read, text } from '../expect';
import * as routes from '../routes';
import { readSecret } from '../v3-reads';
import type { Case } from '../world';

const VALUES: [string, string][] = [
  ['LINES', 'a\r\n  b\n\nc\n'],
  ['MARKS', 'zażółć 🔑 \'"`\\ ${ABSENT} $HOME %20 &='],
  ['EMPTY', ''],
];
const NAMES = ['a b?c#d', 'per%20cent', 'p+l&u=s;', 'zażółć 🔑', 'dot.ted[0]', "quo'te\\"];
// Today's server refuses them on writing.
const OLDER_NAMES = ['sl/ash', 'co:lon'];

export const readCases: Case[] = [
  {
    name: 'a single read through v3 gives the value exactly as stored, and the version',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'read-values');
      const entries = VALUES.map(([secretKey, secretValue]) => ({ secretKey, secretValue }));
      expectOk(await routes.secretBatch(world, 'POST', path, entries));
      for (const [name, value] of VALUES) {
        const { body } = expectOk(await readSecret(world, name, { path }));
        expectEqual(read(body, 'secret.secretKey'), name, 'the name');
        expectEqual(read(body, 'secret.secretValue'), value, `the value of ${name}`);
        expectEqual(read(body, 'secret.version'), 1, 'the version');
      }
      expectOk(await routes.secret(world, 'PATCH', 'LINES', path, { secretValue: 'new' }));
      const { body } = await readSecret(world, 'LINES', { path });
      expectEqual(read(body, 'secret.version'), 2, 'the version after a change');
      expectEqual(read(body, 'secret.secretValue'), 'new', 'the value after a change');
    },
  },
  {
    name: 'parameters that the server does not know are ignored',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'read-parameters');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'v' }));
      const fields = { secretName: 'ANOTHER', includeImports: 'perhaps', recursive: 'perhaps', unknown: 'x' };
      const answer = await readSecret(world, 'KEY', { path, fields });
      expectEqual(text(answer, 'secret.secretValue'), 'v', 'the value');
    },
  },
  {
    name: 'a name is read back however it is percent-encoded in the path',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'read-names');
      const names = world.generation === 'current' ? NAMES : [...NAMES, ...OLDER_NAMES];
      const entries = names.map((secretKey) => ({ secretKey, secretValue: `of ${secretKey}` }));
      expectOk(await routes.secretBatch(world, 'POST', path, entries));
      for (const name of names) {
        const answer = await readSecret(world, name, { path });
        expectEqual(text(answer, 'secret.secretValue'), `of ${name}`, `the value of ${name}`);
      }
    },
  },
  {
    name: 'spaces around a name and a trailing slash of the folder do not matter',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'read-edges');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'v' }));
      const answer = await readSecret(world, ' KEY ', { path: `${path}/` });
      expectEqual(text(answer, 'secret.secretValue'), 'v', 'the value');
    },
  },
  {
    name: 'an empty name lists the folder: the client must not send it',
    only: '2024',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'read-nameless');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'v' }));
      expectEqual(list(await readSecret(world, '', { path }), 'secrets').length, 1, 'the number of secrets');
    },
  },
  {
    name: 'a name of more than 100 characters is a route that does not exist',
    only: '2024',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'read-long-names');
      const [longest, longer] = ['x'.repeat(100), 'x'.repeat(101)];
      const entries = [longest, longer].map((secretKey) => ({ secretKey, secretValue: 'v' }));
      expectOk(await routes.secretBatch(world, 'POST', path, entries));
      expectOk(await readSecret(world, longest, { path }));
      expectStatus(await readSecret(world, longer, { path }), 404, 'Route GET:');
    },
  },
];
