import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isInfisicalError } from '../../../../activities/infisical/http/infisical-error';
import { provisionIdentities } from '../../../../activities/infisical/identity/provision-identities';
import { login } from '../../../../activities/infisical/login';
import { writeSecrets } from '../../../../activities/infisical/secrets/write-secrets';
import { ensureFolders } from '../../../../activities/infisical/secrets/ensure-folders';
import { listSecrets } from '../../../../activities/infisical/secrets/list-secrets';
import { Secret } from '../../../../contracts/core/secret';
import { startInstances, type Instance } from '../instances';

jest.setTimeout(120_000);

let instances: Awaited<ReturnType<typeof startInstances>>;
beforeAll(async () => {
  instances = await startInstances();
});
afterAll(() => instances.stop());

/** Live secrets per identity name, straight from the database. */
async function census({ query }: Instance) {
  const [secrets, identities, projects] = await Promise.all([
    query<{ live: string }>(
      'SELECT count(*) AS live FROM client_secrets WHERE NOT "isClientSecretRevoked" GROUP BY "identityUAId"',
    ),
    query<{ name: string }>(`SELECT name FROM identities WHERE name LIKE 'onex-%' ORDER BY name`),
    query<{ slug: string }>('SELECT slug FROM projects'),
  ]);
  return {
    liveSecrets: secrets.map(({ live }) => Number(live)),
    identities: identities.map(({ name }) => name),
    projects: projects.map(({ slug }) => slug),
  };
}

const finished = {
  liveSecrets: [1, 1],
  identities: ['onex-runtime', 'onex-seeder'],
  projects: ['onex-platform'],
};

/** As the workflow does: again and again after an outage. */
async function untilDone(instance: Instance) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await provisionIdentities(instance.wanted());
    } catch (error) {
      if (!isInfisicalError(error, 'unavailable') || attempt === 5) throw error;
    }
  }
}

describe.each(['current', '2024'] as const)('provisionIdentities, %s generation', (generation) => {
  it('sets up a fresh instance, and changes nothing in a second run of at most four requests', async () => {
    const instance = await instances.fresh({ generation });
    const first = await provisionIdentities(instance.wanted());
    console.info(`${generation}: ${instance.requests.length} requests for a fresh instance`);
    expect(first.changes).toEqual([
      'set up the instance, administrator admin@onex.local',
      'created project onex-platform',
      'created environment qa',
      ...['runtime', 'seeder'].flatMap((role) => [
        `created identity onex-${role}`,
        `attached Universal Auth to onex-${role}`,
        `added onex-${role} to the project as ${role === 'runtime' ? 'viewer' : 'member'}`,
        `created a client secret for onex-${role}`,
      ]),
      ...(generation === 'current' ? ['revoked the bootstrap token'] : []),
    ]);
    expect(await census(instance)).toEqual(finished);
    expect((await readdir(instance.stateDir)).sort()).toEqual(['admin.json', 'identity.json']);
    for (const name of ['admin.json', 'identity.json'])
      expect((await stat(join(instance.stateDir, name))).mode & 0o777).toBe(0o600);

    const before = await readFile(join(instance.stateDir, 'identity.json'), 'utf8');
    instance.requests.length = 0;
    const second = await provisionIdentities(instance.wanted());
    expect(second.changes).toEqual([]);
    expect(instance.requests.length).toBeLessThanOrEqual(4);
    expect(instance.requests.filter((line) => !line.startsWith('GET') && !line.endsWith('/login'))).toEqual(
      [],
    );
    expect(await readFile(join(instance.stateDir, 'identity.json'), 'utf8')).toBe(before);
  });

  it('gives the runtime identity eyes and no hands', async () => {
    const instance = await instances.fresh({ generation });
    const { runtime, seeder, project } = await provisionIdentities(instance.wanted());
    const scope = { projectId: project.id, environment: 'dev' };
    const write = { action: 'CREATE', folder: '/', key: 'A', value: new Secret('value') } as const;
    const reader = await login(instance.client(), runtime);
    await expect(writeSecrets(reader, scope, [write])).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(ensureFolders(reader, scope, ['/shared'])).rejects.toMatchObject({ kind: 'forbidden' });
    await writeSecrets(await login(instance.client(), seeder), scope, [write]);
    expect((await listSecrets(reader, scope))[0]?.value.reveal()).toBe('value');
  });

  it.each([
    ['instance set-up', 'POST', /\/admin\/(bootstrap|signup)$/],
    ['project', 'POST', /\/(projects|workspace)$/],
    ['environment', 'POST', /\/environments$/],
    ['identity', 'POST', /\/identities$/],
    ['Universal Auth', 'POST', /\/universal-auth\/identities\/[^/]+$/],
    ['membership', 'POST', /(memberships\/identities|identity-memberships)\/[^/]+$/],
    ['client secret', 'POST', /\/client-secrets$/],
  ] as const)('recovers when the answer to the first write of the %s is lost', async (_, method, path) => {
    const instance = await instances.fresh({ generation });
    instance.proxy.once('lose the answer', method, path);
    const { changes } = await untilDone(instance);
    expect(await census(instance)).toEqual(finished);
    if (path.test('/client-secrets'))
      expect(changes).toContain('revoked 1 orphaned client secret(s) of onex-runtime');
    const again = await provisionIdentities(instance.wanted());
    expect(again.changes).toEqual([]);
  });

  it('revokes what an interrupted run left beside the stored secret', async () => {
    const instance = await instances.fresh({ generation });
    await provisionIdentities(instance.wanted());
    const path = join(instance.stateDir, 'identity.json');
    const state = JSON.parse(await readFile(path, 'utf8'));
    delete state.identities.runtime.clientSecret;
    delete state.identities.runtime.clientSecretId;
    await writeFile(path, JSON.stringify(state), { mode: 0o600 });
    const { changes } = await provisionIdentities(instance.wanted());
    expect(changes).toEqual([
      'created a client secret for onex-runtime',
      'revoked 1 orphaned client secret(s) of onex-runtime',
    ]);
    expect(await census(instance)).toEqual(finished);
  });

  it('refuses an instance that somebody else set up, and names the ways in', async () => {
    const instance = await instances.fresh({ generation });
    await provisionIdentities(instance.wanted());
    await rm(instance.stateDir, { recursive: true });
    const error: Error = await provisionIdentities(instance.wanted()).catch(
      (reason: Error) => reason as never,
    );
    expect(error).toMatchObject({ type: 'Refused' });
    expect(error.message).toMatch(/is set up already; no credentials of it are stored or given/);
    expect(error.message).toMatch(/--admin-email.*INFISICAL_CLIENT_ID/);
  });

  it('takes an administrator that is given, and finds everything that exists', async () => {
    const instance = await instances.fresh({ generation });
    await provisionIdentities(instance.wanted());
    const { email, password } = JSON.parse(await readFile(join(instance.stateDir, 'admin.json'), 'utf8'));
    await rm(instance.stateDir, { recursive: true });
    const given = { email, password: new Secret(password) };
    const { changes } = await provisionIdentities({ ...instance.wanted(), given });
    expect(changes).toEqual(
      ['runtime', 'seeder'].flatMap((role) => [
        `created a client secret for onex-${role}`,
        `revoked 1 orphaned client secret(s) of onex-${role}`,
      ]),
    );
    expect(await census(instance)).toEqual(finished);
    const wrong = { email, password: new Secret('wrong') };
    await rm(instance.stateDir, { recursive: true });
    await expect(provisionIdentities({ ...instance.wanted(), given: wrong })).rejects.toThrow(
      /refuses the password of admin@onex.local \(as given\)/,
    );
  });
});
