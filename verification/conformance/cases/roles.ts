import { expectOk, expectOneOf, expectStatus, expectTrue, list } from '../expect';
import { machineToken } from '../machine';
import * as routes from '../routes';
import type { Case } from '../world';

const value = { secretValue: 'v' };

export const roleCases: Case[] = [
  {
    name: 'a viewer reads values and is refused every write with 403',
    needs: 'administrator',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'viewer');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, value));
      const token = await machineToken(world, 'viewer', 'viewer');
      const [row] = list(await routes.listSecrets(world, path, { token }), 'secrets');
      expectTrue(row?.secretValue === 'v', 'the viewer does not read the value');
      expectStatus(
        await routes.secret(world, 'POST', 'NEW', path, value, token),
        403,
        'not allowed to create',
      );
      expectStatus(
        await routes.secret(world, 'PATCH', 'KEY', path, value, token),
        403,
        'not allowed to edit',
      );
      expectStatus(
        await routes.secret(world, 'DELETE', 'KEY', path, {}, token),
        403,
        'not allowed to delete',
      );
      expectStatus(await routes.makeFolder(world, path, 'new', { token }), 403, 'not allowed to create');
    },
  },
  {
    name: 'a member writes secrets and folders',
    needs: 'administrator',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'member');
      const token = await machineToken(world, 'writer', 'member');
      expectOk(await routes.secret(world, 'POST', 'KEY', path, value, token));
      expectOk(await routes.secret(world, 'PATCH', 'KEY', path, value, token));
      expectOk(await routes.makeFolder(world, path, 'new', { token }));
    },
  },
  {
    name: 'a member finds the project by slug',
    needs: 'administrator',
    run: async (world) => {
      const token = await machineToken(world, 'finder', 'member');
      expectOk(await world.api.get(routes.projectBySlug(world.generation, world.projectSlug), { token }));
    },
  },
  {
    name: 'the role no-access reads nothing',
    needs: 'administrator',
    run: async (world) => {
      const token = await machineToken(world, 'no access', 'no-access');
      expectStatus(await routes.listSecrets(world, '/', { token }), 403);
    },
  },
  {
    name: 'an identity outside the project is refused',
    needs: 'administrator',
    run: async (world) => {
      const token = await machineToken(world, 'outsider');
      expectOneOf(await routes.listSecrets(world, '/', { token }), [403, 404]);
      expectOneOf(await routes.makeFolder(world, '/', 'outside', { token }), [403, 404]);
    },
  },
  {
    name: 'an identity without an organisation role makes no project',
    needs: 'administrator',
    run: async (world) => {
      const token = await machineToken(world, 'poor');
      const body = { projectName: 'Poor', slug: `poor-${world.run}` };
      expectStatus(await world.api.post(routes.projects(world.generation), { token, body }), 403);
    },
  },
];
