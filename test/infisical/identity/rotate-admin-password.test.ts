import { z } from 'zod';
import { Secret } from '../../../contracts/core/secret';
import { endRotations } from '../../../environment/files/rotations';
import { logInAdmin } from '../../../infisical/identity/administrator';
import { provisionIdentities } from '../../../infisical/identity/provision';
import { rotateAdminPassword } from '../../../infisical/identity/rotate-admin-password';
import { readAdminCredentials } from '../../../infisical/identity/state';
import { isInfisicalError } from '../../../infisical/problem';
import { cutOffEverywhere, startInstances, type Instance } from '../instances';

jest.setTimeout(300_000); // at a load of twenty; alone it takes a tenth of that

async function rotate(instance: Instance): Promise<void> {
  const steps = rotateAdminPassword(instance.wanted());
  await steps.prepare();
  await steps.change();
  await steps.retire();
  await endRotations(instance.stateDir, ['admin-password']);
}

describe.each(['current', '2024'] as const)(
  'rotating the administrator’s password, %s generation',
  (generation) => {
    let instances: Awaited<ReturnType<typeof startInstances>>;
    let instance: Instance;
    beforeAll(async () => {
      instances = await startInstances();
      instance = await instances.fresh({ generation });
      await provisionIdentities(instance.wanted());
    });
    afterAll(() => instances.stop());

    const stored = async () => (await readAdminCredentials(instance.stateDir))!;
    const entersWith = (password: Secret, email: string) =>
      logInAdmin(instance.client(), { email, password, organization: 'onex' }).then(
        () => true,
        (error: unknown) => !isInfisicalError(error, 'unauthorised'),
      );

    it('lets the new one in and the old one not, and an administrator’s work goes on', async () => {
      const before = await stored();
      await rotate(instance);
      const { email, password } = await stored();
      expect(password.equals(before.password)).toBe(false);
      expect([await entersWith(before.password, email), await entersWith(password, email)]).toEqual([
        false,
        true,
      ]);
      const wanted = instance.wanted();
      wanted.project.environments.push('later');
      expect((await provisionIdentities(wanted)).changes).toEqual(['created environment later']);
    });

    it('goes into the organisation that it knows, whichever others the account came to belong to', async () => {
      const { session } = await logInAdmin(instance.client(), await stored());
      for (const name of ['onex', 'another'])
        await session.post('/api/v2/organizations', z.unknown(), { body: { name } });
      const before = await stored();
      await rotate(instance);
      expect((await stored()).password.equals(before.password)).toBe(false);
    });

    it.each(['reset', 'reset after commit'] as const)(
      'goes on with the same one wherever it is cut off: %s',
      async (kind) => {
        instance.requests.length = 0;
        await rotate(instance);
        const requests = instance.requests.length;
        const moments = generation === 'current' ? 8 : 4;
        await cutOffEverywhere(
          instance,
          { kind, requests, moments },
          () => rotate(instance),
          async () => {
            const before = await stored();
            return async () => {
              const { email, password } = await stored();
              expect(password.equals(before.password)).toBe(false);
              expect(await entersWith(password, email)).toBe(true);
            };
          },
        );
      },
    );

    it('leaves the password of an administrator who was given alone', async () => {
      const given = { email: 'a@example.com', password: new Secret('somebody else’s') };
      const steps = rotateAdminPassword({ ...instance.wanted(), given });
      await expect(steps.prepare()).rejects.toMatchObject({
        type: 'Refused',
        message: expect.stringMatching('change that password there'),
      });
    });
  },
);
