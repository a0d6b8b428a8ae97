import { expectEqual, expectStatus, text } from '../expect';
import * as routes from '../routes';
import type { Case } from '../world';

export const environmentCases: Case[] = [
  {
    name: 'an environment is made once; its slug again is 400',
    needs: 'administrator',
    run: async (world) => {
      const body = { name: 'Quality', slug: `qa-${world.run}` };
      const made = await world.api.post(routes.environments(world), { token: world.token, body });
      expectEqual(text(made, 'environment.slug'), body.slug, 'the slug');
      expectStatus(
        await world.api.post(routes.environments(world), { token: world.token, body }),
        400,
        'already exist',
      );
    },
  },
];
