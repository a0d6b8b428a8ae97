import {
  expectEqual,
  expectOk,
  expectOneOf,
  expectStatus,
  expectTrue,
  field,
  list,
  read,
  text,
} from '../expect';
import { makeIdentity, machineToken } from '../machine';
import * as routes from '../routes';
import { asAdministrator, check, either, type Case } from '../world';

export const projectCases: Case[] = [
  check('a project is found by its slug, not wrapped, with its environments', async (world) => {
    const path = routes.projectBySlug(world, world.projectSlug);
    const answer = await world.api.get(path, { token: world.token });
    expectEqual(await field(answer, 'id'), world.projectId, 'the id');
    const slugs = (await list(answer, 'environments')).map(({ slug }) => slug);
    expectTrue(slugs.includes(world.environment), 'the environment is not listed');
  }),

  check('an unknown slug is 404 (500 in 2024)', (world) => {
    const path = routes.projectBySlug(world, `none-${world.run}`);
    return expectStatus(world.api.get(path, { token: world.token }), either(world, 404, 500));
  }),

  asAdministrator('a taken slug is refused (400; 500 in 2024)', async (world) => {
    const body = { projectName: 'Again', slug: world.projectSlug };
    const answer = world.api.post(routes.projects(world), { token: world.token, body });
    await expectStatus(answer, either(world, 400, 500), either(world, 'already exists', undefined));
  }),

  asAdministrator(
    'a new project has the environments dev, staging and prod, and its creator in it',
    async (world) => {
      const answer = world.api.get(routes.projectById(world.projectId), { token: world.token });
      const slugs = (await list(answer, 'workspace.environments')).map(({ slug }) => slug);
      for (const slug of ['dev', 'staging', 'prod']) expectTrue(slugs.includes(slug), `${slug} is not there`);
    },
  ),

  asAdministrator('the projects of the caller are listed', async (world) => {
    const name = either(world, 'projects', 'workspaces');
    const path = either(world, '/api/v1/projects', '/api/v1/workspace');
    const found = (await list(world.api.get(path, { token: world.token }), name)).map(({ id }) => id);
    expectTrue(found.includes(world.projectId), 'the project is not listed');
  }),
];

export const environmentCases: Case[] = [
  asAdministrator('an environment is made once; its slug again is 400', async (world) => {
    const body = { name: 'Quality', slug: `qa-${world.run}` };
    const make = () => world.api.post(routes.environments(world), { token: world.token, body });
    expectEqual(await text(make(), 'environment.slug'), body.slug, 'the slug');
    await expectStatus(make(), 400, 'already exist');
  }),
];

const roles = (role: string) => ({ roles: [{ role }] });

export const membershipCases: Case[] = [
  asAdministrator(
    'an identity joins a project once (then 400) and PATCH replaces its roles',
    async (world) => {
      const path = routes.members(world, await makeIdentity(world, 'member'));
      const { token } = world.administrator;
      await expectOk(world.api.post(path, { token, body: roles('viewer') }));
      await expectStatus(world.api.post(path, { token, body: roles('viewer') }), 400, 'already');
      await expectOk(world.api.patch(path, { token, body: roles('member') }));
      const now = await list(world.api.get(path, { token }), 'identityMembership.roles');
      expectEqual(
        now.map((row) => read(row, 'role')),
        ['member'],
        'the roles',
      );
    },
  ),

  asAdministrator('changing the roles of a stranger is 400 or 404', async (world) => {
    const path = routes.members(world, await makeIdentity(world, 'stranger'));
    const { token } = world.administrator;
    await expectOneOf(world.api.patch(path, { token, body: roles('viewer') }), [400, 404]);
  }),
];

export const roleCases: Case[] = [
  asAdministrator('a viewer reads values and is refused every write with 403', async (world) => {
    const folder = await routes.ownFolder(world, 'viewer');
    await expectOk(folder.create('KEY', 'v'));
    const token = await machineToken(world, 'viewer', 'viewer');
    const seen = await folder.all('secretValue', { token });
    expectTrue(seen['KEY'] === 'v', 'the viewer does not read the value');
    await expectStatus(folder.create('NEW', 'v', token), 403, 'not allowed to create');
    await expectStatus(folder.update('KEY', 'v', token), 403, 'not allowed to edit');
    await expectStatus(folder.delete('KEY', token), 403, 'not allowed to delete');
    await expectStatus(routes.makeFolder(world, folder.path, 'new', { token }), 403, 'not allowed to create');
  }),

  asAdministrator('a member writes secrets and folders', async (world) => {
    const folder = await routes.ownFolder(world, 'member');
    const token = await machineToken(world, 'writer', 'member');
    await expectOk(folder.create('KEY', 'v', token));
    await expectOk(folder.update('KEY', 'v', token));
    await expectOk(routes.makeFolder(world, folder.path, 'new', { token }));
  }),

  asAdministrator('a member finds the project by slug', async (world) => {
    const token = await machineToken(world, 'finder', 'member');
    await expectOk(world.api.get(routes.projectBySlug(world, world.projectSlug), { token }));
  }),

  asAdministrator('the role no-access reads nothing', async (world) => {
    const token = await machineToken(world, 'no access', 'no-access');
    await expectStatus(routes.listSecrets(world, '/', { token }), 403);
  }),

  asAdministrator('an identity outside the project is refused', async (world) => {
    const token = await machineToken(world, 'outsider');
    await expectOneOf(routes.listSecrets(world, '/', { token }), [403, 404]);
    await expectOneOf(routes.makeFolder(world, '/', 'outside', { token }), [403, 404]);
  }),

  asAdministrator('an identity without an organisation role makes no project', async (world) => {
    const token = await machineToken(world, 'poor');
    const body = { projectName: 'Poor', slug: `poor-${world.run}` };
    await expectStatus(world.api.post(routes.projects(world), { token, body }), 403);
  }),
];
