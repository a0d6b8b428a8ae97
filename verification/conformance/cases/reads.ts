import { expectEqual, expectOk, expectStatus, field, list, read } from '../expect';
import { entry, missingFolder, ownFolder } from '../routes';
import { listFolder, readSecret } from '../v3-reads';
import { check, either, only2024, type Case } from '../world';

const VALUES: [string, string][] = [
  ['LINES', 'a\r\n  b\n\nc\n'],
  ['MARKS', 'zażółć 🔑 \'"`\\ ${ABSENT} $HOME %20 &='],
  ['EMPTY', ''],
];
const NAMES = ['a b?c#d', 'per%20cent', 'p+l&u=s;', 'zażółć 🔑', 'dot.ted[0]', "quo'te\\"];
// Today's server refuses them on writing.
const OLDER_NAMES = ['sl/ash', 'co:lon'];

export const readCases: Case[] = [
  check('a single read through v3 gives the value exactly as stored, and the version', async (world) => {
    const entries = VALUES.map(([name, value]) => entry(name, value));
    const folder = await ownFolder(world, 'read-values', entries);
    const expectSecret = async (secretKey: string, secretValue: string, version: number) => {
      const found = await field(readSecret(world, secretKey, folder), 'secret');
      const parts = ['secretKey', 'secretValue', 'version'].map((name) => read(found, name));
      expectEqual(parts, [secretKey, secretValue, version], `name, value and version of ${secretKey}`);
    };
    for (const [name, value] of VALUES) await expectSecret(name, value, 1);
    await expectOk(folder.update('LINES', 'new'));
    await expectSecret('LINES', 'new', 2);
  }),

  check('parameters that the server does not know are ignored', async (world) => {
    const { path } = await ownFolder(world, 'read-parameters', [entry('KEY', 'v')]);
    const fields = { secretName: 'ANOTHER', includeImports: 'perhaps', recursive: 'perhaps', unknown: 'x' };
    const answer = readSecret(world, 'KEY', { path, fields });
    expectEqual(await field(answer, 'secret.secretValue'), 'v', 'the value');
  }),

  check('a name is read back however it is percent-encoded in the path', async (world) => {
    const names = either(world, NAMES, [...NAMES, ...OLDER_NAMES]);
    const entries = names.map((name) => entry(name));
    const folder = await ownFolder(world, 'read-names', entries);
    for (const name of names) {
      const answer = readSecret(world, name, folder);
      expectEqual(await field(answer, 'secret.secretValue'), `of ${name}`, `the value of ${name}`);
    }
  }),

  check('spaces around a name and a trailing slash of the folder do not matter', async (world) => {
    const { path } = await ownFolder(world, 'read-edges', [entry('KEY', 'v')]);
    const answer = readSecret(world, ' KEY ', { path: `${path}/` });
    expectEqual(await field(answer, 'secret.secretValue'), 'v', 'the value');
  }),

  only2024('an empty name lists the folder: the client must not send it', async (world) => {
    const folder = await ownFolder(world, 'read-nameless', [entry('KEY')]);
    expectEqual((await list(readSecret(world, '', folder), 'secrets')).length, 1, 'the number of secrets');
  }),

  only2024('a name of more than 100 characters is a route that does not exist', async (world) => {
    const [longest, longer] = ['x'.repeat(100), 'x'.repeat(101)];
    const folder = await ownFolder(world, 'read-long-names', [entry(longest, 'v'), entry(longer, 'v')]);
    await expectOk(readSecret(world, longest, folder));
    await expectStatus(readSecret(world, longer, folder), 404, 'Route GET:');
  }),
];

const NOBODYS_PROJECT = '00000000-0000-4000-8000-000000000000';

export const missingReadCases: Case[] = [
  check('a missing name is 404 and says so', async (world) => {
    const folder = await ownFolder(world, 'read-missing', [entry('KEY')]);
    // Names differ in case too.
    for (const name of ['NONE', 'key']) {
      const { body } = await expectStatus(readSecret(world, name, folder), 404);
      const wanted = either(world, `Secret with name '${name}' not found`, 'Secret not found');
      expectEqual(read(body, 'message'), wanted, 'the message');
    }
  }),

  check(
    'a single read in a missing folder is 404 and names the folder (2024: that it is the folder)',
    async (world) => {
      const { path } = missingFolder(world);
      const { body } = await expectStatus(readSecret(world, 'KEY', { path }), 404);
      const wanted = either(
        world,
        `Folder with path '${path}' in environment with slug '${world.environment}' not found`,
        'Folder not found for the given environment slug & secret path',
      );
      expectEqual(read(body, 'message'), wanted, 'the message');
    },
  ),

  check('a folder without its leading slash is found (2024: is a missing one)', async (world) => {
    const { path } = await ownFolder(world, 'read-slash', [entry('KEY')]);
    const answer = readSecret(world, 'KEY', { path: path.slice(1) });
    if (world.generation === 'current')
      return expectEqual(await field(answer, 'secret.secretValue'), 'of KEY', 'the value');
    return expectStatus(answer, 404, 'Folder');
  }),

  check('a single read in an unknown environment is 404, as in a missing folder', (world) => {
    const fields = { environment: `none-${world.run}` };
    return expectStatus(readSecret(world, 'KEY', { path: '/', fields }), 404, 'Folder');
  }),

  check(
    'a list through v3 of a missing folder or environment is 404 (2024: 200 and empty)',
    async (world) => {
      const fields = { environment: `none-${world.run}` };
      const places = [missingFolder(world), { path: '/', fields }];
      for (const place of places) {
        const answer = await listFolder(world, place);
        if (world.generation === 'current') await expectStatus(answer, 404, 'was not found. Please ensure');
        else expectEqual((await expectOk(answer)).body, { secrets: [], imports: [] }, 'the answer');
      }
    },
  ),

  check('an unknown project is 404 for reads and says so', async (world) => {
    const place = { path: '/', fields: { workspaceId: NOBODYS_PROJECT } };
    const wanted = either(world, NOBODYS_PROJECT, 'Project not found');
    await expectStatus(readSecret(world, 'KEY', place), 404, wanted);
    await expectStatus(listFolder(world, place), 404, wanted);
  }),

  check('a read without an environment is refused: 400', async (world) => {
    const query = { workspaceId: world.projectId, secretPath: '/' };
    const answer = world.api.get('/api/v3/secrets/raw/KEY', { token: world.token, query });
    await expectStatus(answer, 400, 'Missing environment');
  }),
];
