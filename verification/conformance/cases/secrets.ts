import { expectEqual, expectOk, expectStatus, read, text } from '../expect';
import * as routes from '../routes';
import type { Case } from '../world';

export const secretCases: Case[] = [
  {
    name: 'a secret is created with version 1 and read back',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'single');
      const made = await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'v1' });
      expectEqual(read(expectOk(made).body, 'secret.version'), 1, 'the version');
      expectEqual(
        text(await routes.secret(world, 'GET', 'KEY', path), 'secret.secretValue'),
        'v1',
        'the value',
      );
    },
  },
  {
    name: 'creating what exists is 400 "already exist", the value stays',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'duplicate');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'first' }));
      const again = await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'second' });
      expectStatus(again, 400, 'already exist');
      const kept = await routes.secret(world, 'GET', 'KEY', path);
      expectEqual(text(kept, 'secret.secretValue'), 'first', 'the value');
    },
  },
  {
    name: 'every update raises the version, an equal value too',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'versions');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'same' }));
      for (const version of [2, 3]) {
        const changed = await routes.secret(world, 'PATCH', 'KEY', path, { secretValue: 'same' });
        expectEqual(read(expectOk(changed).body, 'secret.version'), version, 'the version');
      }
    },
  },
  {
    name: 'reading changes no version',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'unread');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'v' }));
      const versions = [];
      for (const _time of ['first', 'second']) {
        versions.push(read((await routes.secret(world, 'GET', 'KEY', path)).body, 'secret.version'));
      }
      expectEqual(versions, [1, 1], 'the versions');
    },
  },
  {
    name: 'a missing secret is 404 for reading, changing and deleting',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'absent');
      expectStatus(await routes.secret(world, 'GET', 'NONE', path), 404);
      expectStatus(await routes.secret(world, 'PATCH', 'NONE', path, { secretValue: 'v' }), 404);
      expectStatus(await routes.secret(world, 'DELETE', 'NONE', path), 404);
    },
  },
  {
    name: 'writing into a missing folder is 404: secrets make no folders',
    run: async (world) => {
      const path = `${world.root}/never-made`;
      expectStatus(await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'v' }), 404);
    },
  },
  {
    name: 'deleting takes the secret away',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'deleted');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'v' }));
      expectOk(await routes.secret(world, 'DELETE', 'KEY', path));
      expectStatus(await routes.secret(world, 'GET', 'KEY', path), 404);
    },
  },
  {
    name: 'keys that differ in case are two secrets',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'case');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, { secretValue: 'upper' }));
      expectOk(await routes.secret(world, 'POST', 'key', path, { secretValue: 'lower' }));
      expectEqual(
        text(await routes.secret(world, 'GET', 'KEY', path), 'secret.secretValue'),
        'upper',
        'the value',
      );
    },
  },
];
