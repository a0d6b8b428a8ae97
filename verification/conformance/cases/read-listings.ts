import { Absent, expectEqual, expectOk, expectStatus, expectTrue, list, read, text } from '../expect';
import * as routes from '../routes';
import { listFolder, readSecret } from '../v3-reads';
import type { Case, World } from '../world';

const HIDDEN = '<hidden-by-infisical>';
const entry = (secretKey: string) => ({ secretKey, secretValue: `of ${secretKey}` });

export const readListingCases: Case[] = [
  {
    name: 'a list through v3 is not recursive unless it is asked for, and gives path and version of each',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'list-depth');
      expectOk(await routes.makeFolder(world, path, 'below'));
      expectOk(await routes.secretBatch(world, 'POST', path, [entry('HERE')]));
      expectOk(await routes.secretBatch(world, 'POST', `${path}/below`, [entry('BELOW')]));
      const place = { workspaceId: world.projectId, environment: world.environment, secretPath: path };
      const bare = await world.api.get('/api/v3/secrets/raw', { token: world.token, query: place });
      for (const answer of [bare, await listFolder(world, { path })]) {
        const [row, ...others] = list(answer, 'secrets');
        expectEqual(others, [], 'the other secrets');
        const { secretKey, secretValue, secretPath, version } = row ?? {};
        expectEqual(
          [secretKey, secretValue, secretPath, version],
          ['HERE', 'of HERE', path, 1],
          'the secret',
        );
        expectEqual(read(answer.body, 'imports'), undefined, 'the imports');
      }
      const deep = list(await listFolder(world, { path, fields: { recursive: 'true' } }), 'secrets');
      const paths = deep.map(({ secretPath }) => String(secretPath)).sort();
      expectEqual(paths, [path, `${path}/below`], 'the paths');
    },
  },
  {
    name: 'viewSecretValue=false hides values behind a literal and says so (2024: it is ignored)',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'read-hidden');
      expectOk(await routes.secretBatch(world, 'POST', path, [entry('KEY')]));
      const shown = world.generation === 'current' ? [HIDDEN, true] : ['of KEY', undefined];
      const fields = { viewSecretValue: 'false' };
      const single = expectOk(await readSecret(world, 'KEY', { path, fields }));
      const listed = list(await listFolder(world, { path, fields }), 'secrets')[0];
      for (const secret of [read(single.body, 'secret'), listed]) {
        expectEqual([read(secret, 'secretValue'), read(secret, 'secretValueHidden')], shown, 'the secret');
      }
      const open = expectOk(await readSecret(world, 'KEY', { path }));
      expectTrue(
        read(open.body, 'secret.secretValueHidden') !== true,
        'a value that is shown says it is hidden',
      );
    },
  },
  {
    name: 'imports come beside the secrets of a list, and in a single read, with include_imports=true',
    run: async (world) => {
      const path = await routes.ownFolder(world, 'importing');
      const imported = await routes.ownFolder(world, 'imported');
      expectOk(await routes.secretBatch(world, 'POST', path, [entry('OWN')]));
      expectOk(await routes.secretBatch(world, 'POST', imported, [entry('IMPORTED')]));
      await makeImport(world, path, imported);
      const fields = { include_imports: 'true' };
      const answer = await listFolder(world, { path, fields });
      expectEqual(
        list(answer, 'secrets').map(({ secretKey }) => secretKey),
        ['OWN'],
        'the secrets',
      );
      const [found] = list(answer, 'imports');
      expectEqual(found?.secretPath, imported, 'the imported path');
      expectEqual(read(found, 'secrets.0.secretValue'), 'of IMPORTED', 'the imported value');
      const single = await readSecret(world, 'IMPORTED', { path, fields });
      expectEqual(text(single, 'secret.secretValue'), 'of IMPORTED', 'the imported value');
      // The SDK writes the parameter of a single read in a way that no server knows.
      const bySdk = await readSecret(world, 'IMPORTED', { path, fields: { includeImports: 'true' } });
      expectStatus(bySdk, 404);
    },
  },
];

async function makeImport(world: World, path: string, from: string): Promise<void> {
  const { token, projectId, environment } = world;
  const body = { workspaceId: projectId, environment, path, import: { environment, path: from } };
  const answer = await world.api.post('/api/v1/secret-imports', { token, body });
  if (answer.status === 404 && String(read(answer.body, 'message')).startsWith('Route ')) {
    throw new Absent('the server has no imports');
  }
  expectOk(answer);
}
