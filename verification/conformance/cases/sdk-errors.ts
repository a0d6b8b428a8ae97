import { expectEqual, expectOk } from '../expect';
import { machineToken, makeMachine } from '../machine';
import * as routes from '../routes';
import { expectBareError, expectRequestError, patiently, sdkOf } from '../sdk';
import { listUrl, singleUrl } from '../v3-reads';
import type { Case, World } from '../world';

const NAME = 'NO NE/';

/** The texts that the product reads apart, for the SDK's errors have no status. */
export const sdkErrorCases: Case[] = [
  {
    name: "the SDK's error of a missing name: [URL=…] [Method=GET] [StatusCode=404], with name and project in the URL",
    run: async (world) => {
      const path = await routes.ownFolder(world, 'sdk-missing');
      await expectRequestError(world, () => get(world, path, world.token), {
        url: singleUrl(world, NAME, path),
        status: 404,
        text: world.generation === 'current' ? `Secret with name '${NAME}' not found` : 'Secret not found',
      });
    },
  },
  {
    name: "the SDK's error of a missing folder: 404, in a list only today",
    run: async (world) => {
      const path = `${world.root}/never-made`;
      const today = `Folder with path '${path}' in environment with slug '${world.environment}' not found`;
      const older = 'Folder not found for the given environment slug & secret path';
      await expectRequestError(world, () => get(world, path, world.token), {
        url: singleUrl(world, NAME, path),
        status: 404,
        text: world.generation === 'current' ? today : older,
      });
      if (world.generation === '2024') {
        const found = await patiently(world, () => list(world, path, world.token));
        expectEqual(found, { secrets: [], imports: [] }, 'the answer');
      } else {
        const expected = { url: listUrl(world, path), status: 404, text: today };
        await expectRequestError(world, () => list(world, path, world.token), expected);
      }
    },
  },
  {
    name: "the SDK's error of a token that is none: 403 malformed; of no token: 401",
    run: async (world) => {
      const path = world.root;
      await expectRequestError(world, () => get(world, path, 'garbage'), {
        url: singleUrl(world, NAME, path),
        status: 403,
        text: 'The provided access token is malformed. Please use a valid token or generate a new one and try again.',
      });
      await expectRequestError(world, () => list(world, path), {
        url: listUrl(world, path),
        status: 401,
        text: 'Token missing',
      });
    },
  },
  {
    name: "the SDK's error of a revoked token: 401",
    needs: 'administrator',
    run: async (world) => {
      const token = await machineToken(world, 'sdk to be revoked', 'viewer');
      expectOk(await world.api.post('/api/v1/auth/token/revoke', { body: { accessToken: token } }));
      await expectRequestError(world, () => get(world, world.root, token), {
        url: singleUrl(world, NAME, world.root),
        status: 401,
        text: 'No identity access token found',
      });
    },
  },
  {
    name: "the SDK's error of a read that the role does not allow: 403",
    needs: 'administrator',
    run: async (world) => {
      const token = await machineToken(world, 'sdk without a role', 'no-access');
      const action = world.generation === 'current' ? 'describeSecret' : 'read';
      await expectRequestError(world, () => list(world, world.root, token), {
        url: listUrl(world, world.root),
        status: 403,
        text: `You are not allowed to ${action} on secrets`,
      });
    },
  },
  {
    name: "the SDK's error of a wrong client secret: 401 Invalid credentials",
    needs: 'administrator',
    run: async (world) => {
      const { clientId } = await makeMachine(world, 'sdk with a wrong secret');
      const login = () => sdkOf(world).auth().universalAuth.login({ clientId, clientSecret: 'wrong' });
      await expectRequestError(world, login, {
        method: 'POST',
        url: `${world.api.address}/api/v1/auth/universal-auth/login`,
        status: 401,
        text: 'Invalid credentials',
      });
    },
  },
  {
    name: "the SDK's error of invalid input has no URL and no reason: status 422 (401 in 2024)",
    run: async (world) => {
      const { secrets } = sdkOf(world, world.token);
      const options = { ...placeOf(world, world.root), secretName: NAME, version: Number.NaN };
      const status = world.generation === 'current' ? 422 : 401;
      await expectBareError(world, () => secrets().getSecret(options), status);
    },
  },
];

const get = (world: World, path: string, token: string) =>
  sdkOf(world, token)
    .secrets()
    .getSecret({ ...placeOf(world, path), secretName: NAME });

const list = (world: World, path: string, token?: string) =>
  sdkOf(world, token).secrets().listSecrets(placeOf(world, path));

const placeOf = ({ projectId, environment }: World, secretPath: string) => ({
  projectId,
  environment,
  secretPath,
  expandSecretReferences: false,
});
