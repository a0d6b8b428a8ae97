import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '../../../contracts/core/secret';
import { endRotations, readRotations } from '../../../environment/files/rotations';
import { provisionIdentities } from '../../../infisical/identity/provision';
import { readProject } from '../../../infisical/identity/project';
import {
  CLIENT_SECRETS,
  prepareClientSecrets,
  retireClientSecrets,
  switchClientSecrets,
} from '../../../infisical/identity/rotate-client-secrets';
import { readIdentityState } from '../../../infisical/identity/state';
import { login } from '../../../infisical/session';
import { InfisicalHttp } from '../../../infisical/http';
import { cutOffEverywhere, startInstances, type Instance } from '../instances';

jest.setTimeout(300_000);

const EVERY_MS = 20; // 50 reads a second

/** Logs in and reads all the while, with what the state directory says at that moment. */
function startReader({ server, stateDir }: Instance) {
  const failed: unknown[] = [];
  let reads = 0;
  let isOver = false;
  const read = async () => {
    const state = await readIdentityState(stateDir);
    const { clientId, clientSecret } = state!.identities['runtime']!;
    const session = await login(new InfisicalHttp(server.url), {
      clientId: clientId!,
      clientSecret: clientSecret!,
    });
    await readProject(session, state!.projectId);
    reads += 1;
  };
  const loop = (async () => {
    while (!isOver) await Promise.all([read().catch((error) => failed.push(error)), sleep(EVERY_MS)]);
  })();
  return async () => {
    isOver = true;
    await loop;
    return { reads, failed };
  };
}

async function secretOf({ stateDir }: Instance, role: string): Promise<string> {
  const state = await readIdentityState(stateDir);
  return state!.identities[role]!.clientSecret!.reveal();
}

/** A whole rotation, as the workflow has it done. */
async function rotate(instance: Instance): Promise<string[]> {
  const input = instance.wanted();
  const prepared = await prepareClientSecrets(input);
  await switchClientSecrets(input, () => Promise.resolve({ changes: [] }));
  const retired = await retireClientSecrets(input);
  await endRotations(input.stateDir, [CLIENT_SECRETS]);
  return [...prepared, ...retired];
}

const live = ({ query, namePrefix }: Instance) =>
  query<{ live: number }>(
    `SELECT (count(s.id) FILTER (WHERE NOT s."isClientSecretRevoked"))::int AS live
     FROM identities i JOIN universal_auths u ON u."identityId" = i.id JOIN client_secrets s ON s."identityUAId" = u.id
     WHERE i.name LIKE '${namePrefix}-%' GROUP BY i.id`,
  );

describe.each(['current', '2024'] as const)('rotating client secrets, %s generation', (generation) => {
  let instances: Awaited<ReturnType<typeof startInstances>>;
  let first: Instance;
  beforeAll(async () => {
    instances = await startInstances();
    first = await instances.fresh({ generation });
    await provisionIdentities(first.wanted());
  });
  afterAll(() => instances.stop());

  it('makes new ones, and the old ones log in no more; nothing is left for the next run', async () => {
    const before = await secretOf(first, 'runtime');
    const since = Date.now();
    await expect(rotate(first)).resolves.toHaveLength(4);
    expect(await secretOf(first, 'runtime')).not.toBe(before);
    expect(await live(first)).toEqual([{ live: 1 }, { live: 1 }]);
    const { clientId, issuedAt } = (await readIdentityState(first.stateDir))!.identities['runtime']!;
    expect(issuedAt).toBeGreaterThanOrEqual(since);
    const dead = login(first.client(), { clientId: clientId!, clientSecret: new Secret(before) });
    await expect(dead).rejects.toMatchObject({ problem: { kind: 'unauthorised' } });
    expect((await provisionIdentities(first.wanted())).changes).toEqual([]);
    await expect(readRotations(first.stateDir)).resolves.toEqual({
      pending: [],
      rotated: { [CLIENT_SECRETS]: expect.any(Number) },
    });
  });

  it.each(['reset', 'reset after commit'] as const)(
    'goes on with the same pending secret wherever it is cut off (%s), and no read fails',
    async (kind) => {
      const counting = await first.another();
      await provisionIdentities(counting.wanted());
      counting.requests.length = 0;
      await rotate(counting);
      const requests = counting.requests.length;
      const instance = await first.another();
      await provisionIdentities(instance.wanted());
      const stopReader = startReader(instance);
      const moments = generation === 'current' ? 10 : 4;
      await cutOffEverywhere(
        instance,
        { kind, requests, moments },
        () => rotate(instance),
        async () => {
          const before = await secretOf(instance, 'runtime');
          return async () => {
            expect(await secretOf(instance, 'runtime')).not.toBe(before);
            expect(await live(instance)).toEqual([{ live: 1 }, { live: 1 }]);
          };
        },
      );
      const { reads, failed } = await stopReader();
      expect(failed).toEqual([]);
      expect(reads).toBeGreaterThan(20);
    },
  );
});
