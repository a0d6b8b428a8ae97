import { expectEqual, expectOk, expectTrue } from '../expect';
import { machineToken, makeClientSecret, makeMachine } from '../machine';
import * as routes from '../routes';
import { patiently, sdkOf } from '../sdk';
import type { Case, World } from '../world';

const NAME = 'a b?c#d%20';

export const sdkReadCases: Case[] = [
  {
    name: 'the SDK logs in and reads what a viewer may read',
    needs: 'administrator',
    run: async (world) => {
      const secretPath = await routes.ownFolder(world, 'sdk-login');
      expectOk(await routes.secret(world, 'POST', 'KEY', secretPath, { secretValue: 'v' }));
      const machine = await makeMachine(world, 'sdk', 'viewer');
      const { clientSecret } = await makeClientSecret(world, machine);
      const { clientId } = machine;
      const sdk = sdkOf(world);
      await patiently(world, () => sdk.auth().universalAuth.login({ clientId, clientSecret }));
      expectTrue((sdk.auth().getAccessToken() ?? '') !== '', 'no token after the login');
      const secret = await patiently(world, () =>
        sdk.secrets().getSecret({ ...placeOf(world, secretPath), secretName: 'KEY' }),
      );
      expectEqual(secret.secretValue, 'v', 'the value');
    },
  },
  {
    name: 'the SDK gets a secret with its types, and the name that it encodes itself',
    run: async (world) => {
      const secretPath = await routes.ownFolder(world, 'sdk-get');
      expectOk(await routes.secret(world, 'POST', NAME, secretPath, { secretValue: ' line\n next\n' }));
      const { secrets } = sdkOf(world, world.token);
      const found = await patiently(world, () =>
        secrets().getSecret({ ...placeOf(world, secretPath), secretName: NAME }),
      );
      const { secretKey, secretValue, version, type, environment } = found;
      expectEqual(
        { secretKey, secretValue, version, type, environment },
        {
          secretKey: NAME,
          secretValue: 'line\n next\n',
          version: 1,
          type: 'shared',
          environment: world.environment,
        },
        'the secret',
      );
      // It is typed as always there; an older server does not know it.
      const hidden: unknown = found.secretValueHidden;
      expectEqual(hidden, world.generation === 'current' ? false : undefined, 'secretValueHidden');
    },
  },
  {
    name: 'the SDK lists a folder with path and version of each',
    run: async (world) => {
      const secretPath = await routes.ownFolder(world, 'sdk-list');
      const entries = ['A', 'B'].map((secretKey) => ({ secretKey, secretValue: 'to ${A}' }));
      expectOk(await routes.secretBatch(world, 'POST', secretPath, entries));
      const { secrets } = sdkOf(world, world.token);
      const found = await patiently(world, () => secrets().listSecrets(placeOf(world, secretPath)));
      const rows = found.secrets.map((row) => [row.secretKey, row.secretValue, row.secretPath, row.version]);
      expectEqual(
        rows.sort(([a], [b]) => String(a).localeCompare(String(b))),
        entries.map(({ secretKey, secretValue }) => [secretKey, secretValue, secretPath, 1]),
        'the secrets',
      );
    },
  },
  {
    name: 'the SDK expands references unless it is told not to',
    run: async (world) => {
      const secretPath = await routes.ownFolder(world, 'sdk-expands');
      expectOk(await routes.secret(world, 'POST', 'TARGET', secretPath, { secretValue: 'reached' }));
      expectOk(await routes.secret(world, 'POST', 'KEY', secretPath, { secretValue: 'to ${TARGET}' }));
      const { expandSecretReferences: _off, ...place } = placeOf(world, secretPath);
      const { secrets } = sdkOf(world, world.token);
      const found = await patiently(world, () => secrets().getSecret({ ...place, secretName: 'KEY' }));
      expectEqual(found.secretValue, 'to reached', 'the value');
    },
  },
  {
    name: 'the SDK takes a token that was made elsewhere',
    needs: 'administrator',
    run: async (world) => {
      const token = await machineToken(world, 'sdk with a token', 'viewer');
      const { secrets } = sdkOf(world, token);
      const secretPath = await routes.ownFolder(world, 'sdk-token');
      const found = await patiently(world, () => secrets().listSecrets(placeOf(world, secretPath)));
      expectEqual(found.secrets, [], 'the secrets');
    },
  },
];

const placeOf = ({ projectId, environment }: World, secretPath: string) => ({
  projectId,
  environment,
  secretPath,
  expandSecretReferences: false,
});
