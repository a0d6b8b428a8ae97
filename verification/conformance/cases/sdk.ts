import { expectEqual, expectTrue } from '../expect';
import { machineToken, makeClientSecret, makeMachine, revokeToken } from '../machine';
import { entry, missingFolder, ownFolder } from '../routes';
import { expectBareError, expectRequestError, patiently, sdkOf } from '../sdk';
import { listUrl, singleUrl } from '../v3-reads';
import { asAdministrator, check, either, type Case, type World } from '../world';

const placeOf = ({ projectId, environment }: World, secretPath: string) => ({
  projectId,
  environment,
  secretPath,
  expandSecretReferences: false,
});
const get = (world: World, path: string, secretName: string, token: string) =>
  sdkOf(world, token)
    .secrets()
    .getSecret({ ...placeOf(world, path), secretName });
const list = (world: World, path: string, token?: string) =>
  sdkOf(world, token).secrets().listSecrets(placeOf(world, path));

export const sdkReadCases: Case[] = [
  asAdministrator('the SDK logs in and reads what a viewer may read', async (world) => {
    const { path } = await ownFolder(world, 'sdk-login', [entry('KEY', 'v')]);
    const machine = await makeMachine(world, 'sdk', 'viewer');
    const { clientSecret } = await makeClientSecret(world, machine);
    const { clientId } = machine;
    const sdk = sdkOf(world);
    await patiently(world, () => sdk.auth().universalAuth.login({ clientId, clientSecret }));
    expectTrue((sdk.auth().getAccessToken() ?? '') !== '', 'no token after the login');
    const wanted = { ...placeOf(world, path), secretName: 'KEY' };
    const secret = await patiently(world, () => sdk.secrets().getSecret(wanted));
    expectEqual(secret.secretValue, 'v', 'the value');
  }),

  check('the SDK gets a secret with its types, and the name that it encodes itself', async (world) => {
    const name = 'a b?c#d%20';
    const { path } = await ownFolder(world, 'sdk-get', [entry(name, ' line\n next\n')]);
    const found = await patiently(world, () => get(world, path, name, world.token));
    const { secretKey, secretValue, version, type, environment } = found;
    expectEqual(
      [secretKey, secretValue, version, type, environment],
      [name, 'line\n next\n', 1, 'shared', world.environment],
      'the secret',
    );
    // It is typed as always there; an older server does not know it.
    const hidden: unknown = found.secretValueHidden;
    expectEqual(hidden, either(world, false, undefined), 'secretValueHidden');
  }),

  check('the SDK lists a folder with path and version of each', async (world) => {
    const entries = ['A', 'B'].map((key) => entry(key, 'to ${A}'));
    const { path } = await ownFolder(world, 'sdk-list', entries);
    const { secrets } = await patiently(world, () => list(world, path, world.token));
    const rows = secrets.map((row) => [row.secretKey, row.secretValue, row.secretPath, row.version]);
    expectEqual(
      rows.sort(([a], [b]) => String(a).localeCompare(String(b))),
      entries.map(({ secretKey, secretValue }) => [secretKey, secretValue, path, 1]),
      'the secrets',
    );
  }),

  check('the SDK expands references unless it is told not to', async (world) => {
    const entries = [entry('TARGET', 'reached'), entry('KEY', 'to ${TARGET}')];
    const { path } = await ownFolder(world, 'sdk-expands', entries);
    const { expandSecretReferences: _off, ...place } = placeOf(world, path);
    const { secrets } = sdkOf(world, world.token);
    const found = await patiently(world, () => secrets().getSecret({ ...place, secretName: 'KEY' }));
    expectEqual(found.secretValue, 'to reached', 'the value');
  }),

  asAdministrator('the SDK takes a token that was made elsewhere', async (world) => {
    const token = await machineToken(world, 'sdk with a token', 'viewer');
    const { path } = await ownFolder(world, 'sdk-token');
    const found = await patiently(world, () => list(world, path, token));
    expectEqual(found.secrets, [], 'the secrets');
  }),
];

const NAME = 'NO NE/';
const getNone = (world: World, path: string, token: string) => () => get(world, path, NAME, token);

/** The texts that the product reads apart, for the SDK's errors have no status. */
export const sdkErrorCases: Case[] = [
  check(
    "the SDK's error of a missing name: [URL=…] [Method=GET] [StatusCode=404], with name and project in the URL",
    async (world) => {
      const { path } = await ownFolder(world, 'sdk-missing');
      const text = either(world, `Secret with name '${NAME}' not found`, 'Secret not found');
      const expected = { url: singleUrl(world, NAME, path), status: 404, text };
      await expectRequestError(world, getNone(world, path, world.token), expected);
    },
  ),

  check("the SDK's error of a missing folder: 404, in a list only today", async (world) => {
    const { path } = missingFolder(world);
    const today = `Folder with path '${path}' in environment with slug '${world.environment}' not found`;
    const absent = `Folder with path '${path}' in environment '${world.environment}' was not found. Please ensure the environment slug and secret path is correct.`;
    const text = either(world, today, 'Folder not found for the given environment slug & secret path');
    const expected = { url: singleUrl(world, NAME, path), status: 404, text };
    await expectRequestError(world, getNone(world, path, world.token), expected);
    const listing = () => list(world, path, world.token);
    if (world.generation === 'current')
      return expectRequestError(world, listing, { url: listUrl(world, path), status: 404, text: absent });
    const found = await patiently(world, listing);
    return expectEqual(found, { secrets: [], imports: [] }, 'the answer');
  }),

  check("the SDK's error of a token that is none: 403 malformed; of no token: 401", async (world) => {
    const path = world.root;
    await expectRequestError(world, getNone(world, path, 'garbage'), {
      url: singleUrl(world, NAME, path),
      status: 403,
      text: 'The provided access token is malformed. Please use a valid token or generate a new one and try again.',
    });
    const expected = { url: listUrl(world, path), status: 401, text: 'Token missing' };
    await expectRequestError(world, () => list(world, path), expected);
  }),

  asAdministrator("the SDK's error of a revoked token: 401", async (world) => {
    const token = await machineToken(world, 'sdk to be revoked', 'viewer');
    await revokeToken(world, token);
    await expectRequestError(world, getNone(world, world.root, token), {
      url: singleUrl(world, NAME, world.root),
      status: 401,
      text: either(world, 'Failed to authorize: token has been revoked', 'No identity access token found'),
    });
  }),

  asAdministrator("the SDK's error of a read that the role does not allow: 403", async (world) => {
    const token = await machineToken(world, 'sdk without a role', 'no-access');
    await expectRequestError(world, () => list(world, world.root, token), {
      url: listUrl(world, world.root),
      status: 403,
      text: `You are not allowed to ${either(world, 'describeSecret', 'read')} on secrets`,
    });
  }),

  asAdministrator("the SDK's error of a wrong client secret: 401 Invalid credentials", async (world) => {
    const { clientId } = await makeMachine(world, 'sdk with a wrong secret');
    const login = () => sdkOf(world).auth().universalAuth.login({ clientId, clientSecret: 'wrong' });
    await expectRequestError(world, login, {
      method: 'POST',
      url: `${world.api.address}/api/v1/auth/universal-auth/login`,
      status: 401,
      text: 'Invalid credentials',
    });
  }),

  check("the SDK's error of invalid input has no URL and no reason: status 422 (401 in 2024)", (world) => {
    const options = { ...placeOf(world, world.root), secretName: NAME, version: Number.NaN };
    const call = () => sdkOf(world, world.token).secrets().getSecret(options);
    return expectBareError(world, call, either(world, 422, 401));
  }),
];
