import { expectEqual, expectOk, expectStatus, list, text } from '../expect';
import * as routes from '../routes';
import { listFolder, readSecret } from '../v3-reads';
import type { Case, World } from '../world';

const SECRETS = {
  TARGET: 'reached',
  REFERENCE: 'to ${TARGET}',
  NESTED: 'on ${REFERENCE}',
  UNRESOLVED: 'to ${ABSENT}',
};
// In a folder of its own: one value that 2024 cannot expand must not stand in the way of the others.
const ASTRAY = 'to ${nowhere.folder.KEY}';

type Expanding = 'true' | 'false' | undefined;

export const readReferenceCases: Case[] = [
  {
    name: 'a single read expands references only with expandSecretReferences=true',
    run: async (world) => {
      const path = await filled(world, 'read-references', SECRETS);
      const valueOf = async (name: string, expanding: Expanding) =>
        text(
          await world.api.get(`/api/v3/secrets/raw/${name}`, query(world, path, expanding)),
          'secret.secretValue',
        );
      for (const unexpanded of [undefined, 'false'] as const) {
        expectEqual(await valueOf('NESTED', unexpanded), SECRETS.NESTED, 'the unexpanded value');
      }
      expectEqual(await valueOf('NESTED', 'true'), 'on to reached', 'the expanded value');
      expectEqual(
        await valueOf('UNRESOLVED', 'true'),
        SECRETS.UNRESOLVED,
        'the value of an absent reference',
      );
    },
  },
  {
    name: 'a list expands references only with expandSecretReferences=true',
    run: async (world) => {
      const path = await filled(world, 'list-references', SECRETS);
      const valuesOf = async (expanding: Expanding) =>
        Object.fromEntries(
          list(await world.api.get('/api/v3/secrets/raw', query(world, path, expanding)), 'secrets').map(
            ({ secretKey, secretValue }) => [String(secretKey), secretValue],
          ),
        );
      expectEqual(await valuesOf(undefined), SECRETS, 'the values without the parameter');
      expectEqual(await valuesOf('false'), SECRETS, 'the unexpanded values');
      const expanded = { ...SECRETS, REFERENCE: 'to reached', NESTED: 'on to reached' };
      expectEqual(await valuesOf('true'), expanded, 'the expanded values');
    },
  },
  {
    name: 'a reference into a folder that is not there stays as written (2024: expanding it in a single read is 500)',
    run: async (world) => {
      const path = await filled(world, 'read-astray', { ASTRAY });
      const fields = { expandSecretReferences: 'true' };
      const single = await readSecret(world, 'ASTRAY', { path, fields });
      if (world.generation === 'current')
        expectEqual(text(single, 'secret.secretValue'), ASTRAY, 'the value');
      else expectStatus(single, 500);
      const [row] = list(await listFolder(world, { path, fields }), 'secrets');
      expectEqual(row?.secretValue, ASTRAY, 'the value in a list');
      const unexpanded = await readSecret(world, 'ASTRAY', { path });
      expectEqual(text(unexpanded, 'secret.secretValue'), ASTRAY, 'the unexpanded value');
    },
  },
];

async function filled(world: World, folder: string, secrets: Record<string, string>): Promise<string> {
  const path = await routes.ownFolder(world, folder);
  const entries = Object.entries(secrets).map(([secretKey, secretValue]) => ({ secretKey, secretValue }));
  expectOk(await routes.secretBatch(world, 'POST', path, entries));
  return path;
}

const query = ({ token, projectId, environment }: World, secretPath: string, expanding: Expanding) => ({
  token,
  query: {
    workspaceId: projectId,
    environment,
    secretPath,
    ...(expanding === undefined ? {} : { expandSecretReferences: expanding }),
  },
});
