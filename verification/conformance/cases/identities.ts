import { expectTrue, list } from '../expect';
import { makeIdentity } from '../machine';
import type { AdministratorWorld, Case } from '../world';

async function idsNamed(
  { api, generation, administrator }: AdministratorWorld,
  name: string,
): Promise<unknown[]> {
  const { token, orgId } = administrator;
  if (generation === 'current') {
    const body = { search: { name: { $eq: name } } };
    const found = await api.post('/api/v1/identities/search', { token, body });
    return list(found, 'identities').map(({ identity }) => (identity as { id: unknown }).id);
  }
  const path = `/api/v2/organizations/${orgId}/identity-memberships`;
  const found = await api.get(path, { token, query: { search: name } });
  return list(found, 'identityMemberships').map(({ identity }) => (identity as { id: unknown }).id);
}

export const identityCases: Case[] = [
  {
    name: 'names of identities are not unique, and both are found by name',
    needs: 'administrator',
    run: async (world) => {
      const made = [await makeIdentity(world, 'twin'), await makeIdentity(world, 'twin')];
      const found = await idsNamed(world, `conformance ${world.run} twin`);
      expectTrue(made[0] !== made[1] && made.every((id) => found.includes(id)), 'not both twins are found');
    },
  },
];
