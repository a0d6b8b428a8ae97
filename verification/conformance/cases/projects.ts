import { expectEqual, expectOk, expectStatus, expectTrue, list, read } from '../expect';
import * as routes from '../routes';
import type { Case } from '../world';

export const projectCases: Case[] = [
  {
    name: 'a project is found by its slug, not wrapped, with its environments',
    run: async (world) => {
      const path = routes.projectBySlug(world.generation, world.projectSlug);
      const answer = expectOk(await world.api.get(path, { token: world.token }));
      expectEqual(read(answer.body, 'id'), world.projectId, 'the id');
      const slugs = list(answer, 'environments').map(({ slug }) => slug);
      expectTrue(slugs.includes(world.environment), 'the environment is not listed');
    },
  },
  {
    name: 'an unknown slug is 404 (500 in 2024)',
    run: async (world) => {
      const path = routes.projectBySlug(world.generation, `none-${world.run}`);
      expectStatus(
        await world.api.get(path, { token: world.token }),
        world.generation === 'current' ? 404 : 500,
      );
    },
  },
  {
    name: 'a taken slug is refused (400; 500 in 2024)',
    needs: 'administrator',
    run: async (world) => {
      const answer = await world.api.post(routes.projects(world.generation), {
        token: world.token,
        body: { projectName: 'Again', slug: world.projectSlug },
      });
      if (world.generation === 'current') expectStatus(answer, 400, 'already exists');
      else expectStatus(answer, 500);
    },
  },
  {
    name: 'a new project has the environments dev, staging and prod, and its creator in it',
    needs: 'administrator',
    run: async (world) => {
      const answer = await world.api.get(routes.projectById(world.projectId), { token: world.token });
      const slugs = list(answer, 'workspace.environments').map(({ slug }) => slug);
      for (const slug of ['dev', 'staging', 'prod']) expectTrue(slugs.includes(slug), `${slug} is not there`);
    },
  },
  {
    name: 'the projects of the caller are listed',
    needs: 'administrator',
    run: async (world) => {
      const [path, field] = {
        current: ['/api/v1/projects', 'projects'],
        '2024': ['/api/v1/workspace', 'workspaces'],
      }[world.generation] as [string, string];
      const found = list(await world.api.get(path, { token: world.token }), field);
      expectTrue(
        found.some(({ id }) => id === world.projectId),
        'the project is not listed',
      );
    },
  },
];
