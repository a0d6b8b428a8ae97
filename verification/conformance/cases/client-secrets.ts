import { expectEqual, expectOk, expectStatus, expectTrue, list } from '../expect';
import {
  listClientSecrets,
  machineLogin,
  makeClientSecret,
  makeMachine,
  revokeClientSecret,
} from '../machine';
import type { Case } from '../world';

export const clientSecretCases: Case[] = [
  {
    name: 'client secrets are found by description, without their text',
    needs: 'administrator',
    run: async (world) => {
      const machine = await makeMachine(world, 'described');
      const description = `conformance ${world.run}`;
      const { id, clientSecret } = await makeClientSecret(world, machine, { description });
      const answer = await listClientSecrets(world, machine);
      const found = list(answer, 'clientSecretData').filter((row) => row.description === description);
      expectEqual(
        found.map((row) => row.id),
        [id],
        'the client secrets of this description',
      );
      expectTrue(!JSON.stringify(answer.body).includes(clientSecret), 'the listing shows the text');
    },
  },
  {
    name: 'a revoked client secret logs nobody in, the others still do',
    needs: 'administrator',
    run: async (world) => {
      const machine = await makeMachine(world, 'revoked');
      const [old, current] = [await makeClientSecret(world, machine), await makeClientSecret(world, machine)];
      expectOk(await revokeClientSecret(world, machine, old.id));
      expectStatus(await machineLogin(world, machine.clientId, old.clientSecret), 401, 'Invalid credentials');
      expectOk(await machineLogin(world, machine.clientId, current.clientSecret));
    },
  },
  {
    name: 'a client secret for one use logs in once',
    needs: 'administrator',
    run: async (world) => {
      const machine = await makeMachine(world, 'one use');
      const { clientSecret } = await makeClientSecret(world, machine, { numUsesLimit: 1 });
      expectOk(await machineLogin(world, machine.clientId, clientSecret));
      expectStatus(await machineLogin(world, machine.clientId, clientSecret), 401, 'usage limit reached');
    },
  },
];
