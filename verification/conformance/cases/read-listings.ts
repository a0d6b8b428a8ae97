import { Absent, expectEqual, expectOk, expectStatus, expectTrue, field, list, read } from '../expect';
import { entry, listSecrets, ownFolder } from '../routes';
import { listFolder, readSecret } from '../v3-reads';
import { check, either, onlyCurrent, type Case, type World } from '../world';

const SECRETS = {
  TARGET: 'reached',
  REFERENCE: 'to ${TARGET}',
  NESTED: 'on ${REFERENCE}',
  UNRESOLVED: 'to ${ABSENT}',
};
// In a folder of its own: one value that 2024 cannot expand must not stand in the way of the others.
const ASTRAY = 'to ${nowhere.folder.KEY}';

const filled = (world: World, name: string, secrets: Record<string, string>) =>
  ownFolder(
    world,
    name,
    Object.entries(secrets).map(([key, value]) => entry(key, value)),
  );

/** A read as bare as it can be: without the SDK's parameters, and with that of expansion where one is named. */
const bare = (
  { token, projectId, environment, api }: World,
  name: string,
  path: string,
  expanding?: string,
) => {
  const place = { workspaceId: projectId, environment, secretPath: path };
  const query = expanding === undefined ? place : { ...place, expandSecretReferences: expanding };
  return api.get(`/api/v3/secrets/raw${name}`, { token, query });
};

export const readReferenceCases: Case[] = [
  check('a single read expands references only with expandSecretReferences=true', async (world) => {
    const { path } = await filled(world, 'read-references', SECRETS);
    const valueOf = (name: string, expanding?: string) =>
      field(bare(world, `/${name}`, path, expanding), 'secret.secretValue');
    for (const expanding of [undefined, 'false'])
      expectEqual(await valueOf('NESTED', expanding), SECRETS.NESTED, 'the unexpanded value');
    expectEqual(await valueOf('NESTED', 'true'), 'on to reached', 'the expanded value');
    const unresolved = await valueOf('UNRESOLVED', 'true');
    const wanted = either(world, 'to ', SECRETS.UNRESOLVED);
    expectEqual(unresolved, wanted, 'the value of an absent reference');
  }),

  check('a list expands references only with expandSecretReferences=true', async (world) => {
    const { path } = await filled(world, 'list-references', SECRETS);
    const valuesOf = async (expanding?: string) => {
      const rows = await list(bare(world, '', path, expanding), 'secrets');
      return Object.fromEntries(rows.map(({ secretKey, secretValue }) => [String(secretKey), secretValue]));
    };
    expectEqual(await valuesOf(), SECRETS, 'the values without the parameter');
    expectEqual(await valuesOf('false'), SECRETS, 'the unexpanded values');
    const unresolved = either(world, { UNRESOLVED: 'to ' }, {});
    const expanded = { ...SECRETS, REFERENCE: 'to reached', NESTED: 'on to reached', ...unresolved };
    expectEqual(await valuesOf('true'), expanded, 'the expanded values');
  }),

  check(
    'a reference into a folder that is not there becomes nothing (2024: stays, and is 500 in a single read)',
    async (world) => {
      const { path } = await filled(world, 'read-astray', { ASTRAY });
      const fields = { expandSecretReferences: 'true' };
      const single = await readSecret(world, 'ASTRAY', { path, fields });
      if (world.generation === '2024') await expectStatus(single, 500);
      else expectEqual(await field(single, 'secret.secretValue'), 'to ', 'the value');
      const [row] = await list(listFolder(world, { path, fields }), 'secrets');
      expectEqual(row?.['secretValue'], either(world, 'to ', ASTRAY), 'the value in a list');
      const unexpanded = readSecret(world, 'ASTRAY', { path });
      expectEqual(await field(unexpanded, 'secret.secretValue'), ASTRAY, 'the unexpanded value');
    },
  ),
];

export const readListingCases: Case[] = [
  check(
    'a list through v3 is not recursive unless it is asked for, and gives path and version of each',
    async (world) => {
      const { path } = await ownFolder(world, 'list-depth', [entry('HERE')]);
      await ownFolder(world, 'list-depth/below', [entry('BELOW')]);
      for (const answer of [await bare(world, '', path), await listFolder(world, { path })]) {
        const rows = await list(answer, 'secrets');
        const found = rows.map((row) => [
          row['secretKey'],
          row['secretValue'],
          row['secretPath'],
          row['version'],
        ]);
        expectEqual(found, [['HERE', 'of HERE', path, 1]], 'the secrets');
        expectEqual(read(answer.body, 'imports'), either(world, [], undefined), 'the imports');
      }
      const deep = await list(listFolder(world, { path, fields: { recursive: 'true' } }), 'secrets');
      const paths = deep.map(({ secretPath }) => String(secretPath)).sort();
      expectEqual(paths, [path, `${path}/below`], 'the paths');
    },
  ),

  check(
    'viewSecretValue=false hides values behind a literal and says so (2024: it is ignored)',
    async (world) => {
      const { path } = await ownFolder(world, 'read-hidden', [entry('KEY')]);
      const fields = { viewSecretValue: 'false' };
      const single = await field(readSecret(world, 'KEY', { path, fields }), 'secret');
      const [listed] = await list(listFolder(world, { path, fields }), 'secrets');
      const shown = either(world, ['<hidden-by-infisical>', true], ['of KEY', undefined]);
      for (const secret of [single, listed]) {
        expectEqual([read(secret, 'secretValue'), read(secret, 'secretValueHidden')], shown, 'the secret');
      }
      const open = await field(readSecret(world, 'KEY', { path }), 'secret.secretValueHidden');
      expectTrue(open !== true, 'a value that is shown says it is hidden');
    },
  ),

  check(
    'imports come beside the secrets of a list, and in a single read, with include_imports=true',
    async (world) => {
      const { path } = await ownFolder(world, 'importing', [entry('OWN')]);
      const { path: imported } = await ownFolder(world, 'imported', [entry('IMPORTED')]);
      await makeImport(world, path, imported);
      const fields = { include_imports: 'true' };
      const answer = await listFolder(world, { path, fields });
      const keys = (await list(answer, 'secrets')).map(({ secretKey }) => secretKey);
      expectEqual(keys, ['OWN'], 'the secrets');
      const [found] = await list(answer, 'imports');
      expectEqual(found?.['secretPath'], imported, 'the imported path');
      expectEqual(read(found, 'secrets.0.secretValue'), 'of IMPORTED', 'the imported value');
      const single = readSecret(world, 'IMPORTED', { path, fields });
      expectEqual(await field(single, 'secret.secretValue'), 'of IMPORTED', 'the imported value');
      // The SDK writes the parameter of a single read in a way that no server knows.
      const bySdk = readSecret(world, 'IMPORTED', { path, fields: { includeImports: 'true' } });
      await expectStatus(bySdk, 404);
    },
  ),

  onlyCurrent(
    'v4 imports unless includeImports=false says no, and knows no other name for it',
    async (world) => {
      const { path } = await ownFolder(world, 'importing-today', [entry('OWN')]);
      const { path: imported } = await ownFolder(world, 'imported-today', [entry('IMPORTED')]);
      await makeImport(world, path, imported);
      const count = async (fields: Record<string, string>) =>
        (await list(listSecrets(world, path, { fields }), 'imports')).length;
      expectEqual(await count({}), 1, 'the imports by default');
      expectEqual(await count({ include_imports: 'false' }), 1, 'the imports with the name of v3');
      expectEqual(await count({ includeImports: 'false' }), 0, 'the imports where they are turned off');
    },
  ),
];

async function makeImport(world: World, path: string, from: string): Promise<void> {
  const { token, projectId, environment } = world;
  const body = { workspaceId: projectId, environment, path, import: { environment, path: from } };
  const answer = await world.api.post('/api/v1/secret-imports', { token, body });
  if (answer.status === 404 && String(read(answer.body, 'message')).startsWith('Route ')) {
    throw new Absent('the server has no imports');
  }
  await expectOk(answer);
}
