import { join } from 'node:path';
import { Secret } from '../../contracts/core/secret';
import { mapValues } from '../../contracts/core/record';
import { wantedIdentities } from '../../infisical/access/identities';
import {
  completeIdentity,
  readIdentityState,
  type IdentityRole,
  readAdminCredentials,
  saveIdentityState,
} from '../../infisical/identity/state';
import { provisionIdentities } from '../../infisical/identity/provision';
import { ensureFolders, listSecrets, writeSecrets } from '../../infisical/secrets/secrets';
import { login } from '../../infisical/session';
import { OF_DEV, startInstances, type Instance } from '../infisical/instances';
import { answers } from '../support/faults';

jest.setTimeout(120_000);

/** What a thief of one identity's credentials gets at. */
describe('what an identity can see', () => {
  let instances: Awaited<ReturnType<typeof startInstances>>;
  beforeAll(async () => {
    instances = await startInstances();
  });
  afterAll(() => instances.stop());

  const folders = ['/shared/env', '/services/billing/env', '/services/other/env', '/machine-class/edge'];
  const forbidden = { kind: 'forbidden' };

  /** Two environments of one project, each with identities and a state directory of its own. */
  async function twoEnvironments(generation: 'current' | '2024', given?: Instance) {
    const instance = given ?? (await instances.fresh({ generation }));
    const wanted = (environment: string) => ({
      ...instance.wanted(),
      stateDir: join(instance.stateDir, environment),
      identities: wantedIdentities({
        ...OF_DEV,
        environment,
        machineClass: 'edge',
        serviceEnvFiles: { billing: '/b.env' },
      }),
    });
    const { project, reach } = await provisionIdentities(wanted('dev'));
    const account = await readAdminCredentials(join(instance.stateDir, 'dev'));
    await provisionIdentities({ ...wanted('qa'), given: account });
    const of = async (environment: string, role: IdentityRole) => {
      const state = await readIdentityState(join(instance.stateDir, environment));
      return login(instance.client(), completeIdentity(state!, role)!);
    };
    const at = (environment: string) => ({ projectId: project.id, environment });
    for (const environment of ['dev', 'qa']) {
      const seeder = await of(environment, 'seeder');
      await ensureFolders(seeder, at(environment), folders);
      await writeSecrets(
        seeder,
        at(environment),
        folders.map((folder) => write(folder)),
      );
    }
    return { instance, of, at, reach, wanted };
  }
  const write = (folder: string) =>
    ({ action: 'CREATE', folder, key: 'A', value: new Secret('value') }) as const;

  const generations = ['current', '2024'] as const;
  const isOwnOnly = 'is its own environment, and of a service its own folders and those that services share';
  it.each(generations)(`${isOwnOnly} (%s)`, async (generation) => {
    const { of, at, reach } = await twoEnvironments(generation);
    expect(reach).toBe('as granted');
    const [runtime, billing, seeder] = [
      await of('dev', 'runtime'),
      await of('dev', 'service/billing'),
      await of('dev', 'seeder'),
    ];
    expect(await listSecrets(runtime, at('dev'))).toHaveLength(folders.length);
    await expect(listSecrets(runtime, at('qa'))).rejects.toMatchObject(forbidden);
    await expect(listSecrets(seeder, at('qa'))).rejects.toMatchObject(forbidden);
    await expect(writeSecrets(seeder, at('qa'), [write('/shared/env')])).rejects.toMatchObject(forbidden);
    for (const folder of ['/shared', '/services/billing', '/machine-class/edge'])
      expect(await listSecrets(billing, at('dev'), folder)).toHaveLength(1);
    expect(await listSecrets(billing, at('dev'))).toHaveLength(3);
    for (const folder of ['/services/other', '/services/other/env'])
      await expect(listSecrets(billing, at('dev'), folder)).rejects.toMatchObject(forbidden);
    await expect(listSecrets(billing, at('qa'), '/shared')).rejects.toMatchObject(forbidden);
    for (const reader of [runtime, billing])
      await expect(writeSecrets(reader, at('dev'), [write('/shared/env')])).rejects.toMatchObject(forbidden);
  });

  it.each(generations)(
    'is the whole project on a server that can give no less, which is said, and less once it can (%s)',
    async (generation) => {
      const instance = await instances.fresh({ generation });
      instance.proxy.inject(answers.routeMissing, { path: /additional-privilege/ });
      const { of, at, reach, wanted } = await twoEnvironments(generation, instance);
      expect(reach).toBe('project');
      const billing = await of('dev', 'service/billing');
      expect(await listSecrets(billing, at('qa'))).toHaveLength(folders.length);
      expect((await provisionIdentities(wanted('dev'))).changes).toEqual([]);

      await instance.proxy.clear();
      // a release that did not ask a server of 2024 noted no more than that
      const { stateDir } = wanted('dev');
      const { identities, ...state } = (await readIdentityState(stateDir))!;
      const before = mapValues(identities, ({ givenBy: _, ...rest }) => rest);
      await saveIdentityState(stateDir, { ...state, identities: before });
      const narrowed = await provisionIdentities(wanted('dev'));
      expect(narrowed.reach).toBe('as granted');
      expect(narrowed.changes).toContain('let onex-runtime/dev read dev');
      await expect(listSecrets(billing, at('qa'))).rejects.toMatchObject(forbidden);
      expect(await listSecrets(billing, at('dev'), '/services/billing')).toHaveLength(1);
      expect((await provisionIdentities(wanted('dev'))).changes).toEqual([]);
    },
  );

  it('stays what was declared: another declaration is put in force by an administrator, once', async () => {
    const { instance, wanted } = await twoEnvironments('current');
    const input = wanted('dev');
    expect((await provisionIdentities(input)).changes).toEqual([]);
    const changed = {
      ...input,
      identities: input.identities.map(({ settings, ...rest }) => ({
        ...rest,
        settings: { ...settings, tokenSeconds: 3_600 },
      })),
    };
    expect((await provisionIdentities(changed)).changes).toEqual(
      input.identities.map(({ name }) => `changed the lifetime of tokens or the addresses of ${name}`),
    );
    expect((await provisionIdentities(changed)).changes).toEqual([]);
    const state = await readIdentityState(input.stateDir);
    const session = await login(instance.client(), completeIdentity(state!, 'runtime')!);
    const lives = (session.expiresAt ?? 0) - Date.now() / 1000;
    expect(lives).toBeGreaterThan(3_500);
    expect(lives).toBeLessThanOrEqual(3_600);
  });

  it('cannot be bound to addresses where the plan has no lists of them, which is said with the option', async () => {
    const instance: Instance = await instances.fresh();
    const { identities, ...rest } = instance.wanted();
    const bound = identities.map(({ settings, ...each }) => ({
      ...each,
      settings: { ...settings, trustedIps: ['10.0.0.0/8'] },
    }));
    await expect(provisionIdentities({ ...rest, identities: bound })).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(/10\.0\.0\.0\/8 \(--trusted-ip\)/),
    });
  });
});
