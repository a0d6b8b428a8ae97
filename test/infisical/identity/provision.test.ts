import { readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isInfisicalError } from '../../../infisical/problem';
import { provisionIdentities } from '../../../infisical/identity/provision';
import { login } from '../../../infisical/session';
import { writeSecrets, listSecrets, ensureFolders } from '../../../infisical/secrets/secrets';
import { Secret } from '../../../contracts/core/secret';
import { answers } from '../../support/faults';
import { startInstances, type Instance } from '../instances';

jest.setTimeout(300_000);

/** What the server holds of an instance's own names, straight from its database: identities and live secrets. */
async function census({ query, wanted, namePrefix }: Instance) {
  const { project } = wanted();
  const identities = await query<{ name: string; live: number }>(
    `SELECT i.name, (count(s.id) FILTER (WHERE NOT s."isClientSecretRevoked"))::int AS live
     FROM identities i LEFT JOIN universal_auths u ON u."identityId" = i.id
     LEFT JOIN client_secrets s ON s."identityUAId" = u.id
     WHERE i.name LIKE '${namePrefix}-%' GROUP BY i.id ORDER BY i.name`,
  );
  const projects = await query(`SELECT id FROM projects WHERE slug = '${project.slug}'`);
  const tokens = await query(
    `SELECT id FROM access_tokens WHERE "clientSecretId" IS NULL AND NOT "isAccessTokenRevoked" AND NOT "endedItself"`,
  );
  return {
    adminTokens: tokens.length,
    identities: identities.map(({ name, live }) => [name.split('-')[1], live]),
    projects: projects.length,
  };
}

const finished = {
  adminTokens: 0,
  identities: [
    ['runtime', 1],
    ['seeder', 1],
  ],
  projects: 1,
};

/** As the workflow does: again and again after an outage. */
async function untilDone(instance: Instance) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { ...(await provisionIdentities(instance.wanted())), attempts: attempt };
    } catch (error) {
      if (!isInfisicalError(error, 'unavailable', 'rateLimited') || attempt === 20) throw error;
    }
  }
}

describe.each(['current', '2024'] as const)('provisionIdentities, %s generation', (generation) => {
  let instances: Awaited<ReturnType<typeof startInstances>>;
  let first: Instance;
  beforeAll(async () => {
    instances = await startInstances();
    first = await instances.fresh({ generation });
  });
  afterAll(() => instances.stop());

  it('sets up a fresh instance, and changes nothing in a second run of at most five requests', async () => {
    const instance = first;
    const made = await provisionIdentities(instance.wanted());
    console.info(`${generation}: ${instance.requests.length} requests for a fresh instance`);
    expect(made.changes).toEqual([
      'set up the instance, administrator admin@onex.local',
      'turned off signing up at the instance',
      ...(generation === 'current' ? ['revoked the bootstrap token'] : []),
      'created project onex-platform',
      'created environment qa',
      ...['runtime', 'seeder'].flatMap((role) => [
        `created identity onex-${role}`,
        `attached Universal Auth to onex-${role}`,
        `let onex-${role} ${role === 'runtime' ? 'read' : 'read and write'} dev`,
        `created a client secret for onex-${role}`,
      ]),
    ]);
    expect(await census(instance)).toEqual(finished);
    const kept = [
      'admin.json',
      'identity.json',
      ...(generation === 'current' ? ['revoked-tokens.json'] : []),
      'server.json',
    ];
    expect((await readdir(instance.stateDir)).sort()).toEqual(kept);
    for (const name of ['admin.json', 'identity.json', 'server.json'])
      expect((await stat(join(instance.stateDir, name))).mode & 0o777).toBe(0o600);

    const before = await readFile(join(instance.stateDir, 'identity.json'), 'utf8');
    instance.requests.length = 0;
    const second = await provisionIdentities(instance.wanted());
    expect(second.changes).toEqual([]);
    expect(instance.requests.length).toBeLessThanOrEqual(5);
    expect(instance.requests.filter((line) => !line.startsWith('GET') && !line.endsWith('/login'))).toEqual(
      [],
    );
    expect(await readFile(join(instance.stateDir, 'identity.json'), 'utf8')).toBe(before);
  });

  it('gives the runtime identity eyes and no hands', async () => {
    const instance = await first.another();
    const { runtime, seeder, project } = await provisionIdentities(instance.wanted());
    const scope = { projectId: project.id, environment: 'dev' };
    const write = { action: 'CREATE', folder: '/', key: 'A', value: new Secret('value') } as const;
    const reader = await login(instance.client(), runtime);
    await expect(writeSecrets(reader, scope, [write])).rejects.toMatchObject({ kind: 'forbidden' });
    await expect(ensureFolders(reader, scope, ['/shared'])).rejects.toMatchObject({ kind: 'forbidden' });
    await writeSecrets(await login(instance.client(), seeder), scope, [write]);
    expect((await listSecrets(reader, scope))[0]?.value.reveal()).toBe('value');
  });

  it('recovers although the answer to the first write of every kind is lost', async () => {
    const instance = await instances.fresh({ generation });
    const writes = [
      /\/admin\/(bootstrap|signup)$/,
      /\/(projects|workspace)$/,
      /\/environments$/,
      /\/v1\/identities$/,
      /\/universal-auth\/identities\/[^/]+$/,
      /(memberships\/identities|identity-memberships)\/[^/]+$/,
      /\/client-secrets$/,
    ];
    for (const path of writes) instance.proxy.once({ kind: 'reset after commit' }, 'POST', path);
    const { changes, attempts } = await untilDone(instance);
    expect(attempts).toBe(writes.length + 1);
    expect(instance.proxy.pending).toBe(0);
    expect(await census(instance)).toEqual(finished);
    expect(changes).toContain('revoked orphaned client secrets of onex-runtime: 1');
    expect((await provisionIdentities(instance.wanted())).changes).toEqual([]);
  });

  it.each([answers.rateLimited(0), { kind: 'reset' as const }])(
    'does not end while the bootstrap token is alive: revoking it is tried again ($kind)',
    async (fault) => {
      const instance = await instances.fresh({ generation });
      instance.proxy.once(fault, 'POST', /\/token\/revoke$/);
      const { attempts } = await untilDone(instance);
      expect(attempts).toBe(generation === 'current' ? 2 : 1);
      expect(await census(instance)).toEqual(finished);
    },
  );

  it('revokes what an interrupted run left beside the stored secret', async () => {
    const instance = await first.another();
    await provisionIdentities(instance.wanted());
    const path = join(instance.stateDir, 'identity.json');
    const state = JSON.parse(await readFile(path, 'utf8'));
    delete state.identities.runtime.clientSecret;
    delete state.identities.runtime.clientSecretId;
    await writeFile(path, JSON.stringify(state), { mode: 0o600 });
    const { changes } = await provisionIdentities(instance.wanted());
    expect(changes).toEqual([
      `created a client secret for ${instance.namePrefix}-runtime`,
      `revoked orphaned client secrets of ${instance.namePrefix}-runtime: 1`,
    ]);
    expect(await census(instance)).toEqual(finished);
  });

  it('replaces a client secret that somebody revoked, without locking the identity', async () => {
    const instance = await first.another();
    await provisionIdentities(instance.wanted());
    await instance.query('UPDATE client_secrets SET "isClientSecretRevoked" = true');
    for (let run = 0; run < 4; run += 1) {
      instance.proxy.once({ kind: 'reset' }, 'POST', /client-secrets$/);
      await expect(provisionIdentities(instance.wanted())).rejects.toMatchObject({ kind: 'unavailable' });
    }
    const { changes } = await provisionIdentities(instance.wanted());
    expect(changes).toEqual([
      `created a client secret for ${instance.namePrefix}-runtime`,
      `created a client secret for ${instance.namePrefix}-seeder`,
    ]);
    expect(await census(instance)).toEqual(finished);
  });

  it('refuses an instance that somebody else set up, and names the ways in', async () => {
    const instance = await first.another();
    await provisionIdentities(instance.wanted());
    await rm(instance.stateDir, { recursive: true });
    await expect(provisionIdentities(instance.wanted())).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(
        /set up already; no credentials of it are stored or given.*INFISICAL_ADMIN_EMAIL.*INFISICAL_CLIENT_ID.*nothing is stored/,
      ),
    });
  });

  it('takes an administrator that is given, and finds everything that exists', async () => {
    const instance = await first.another();
    await provisionIdentities(instance.wanted());
    const { email, password } = JSON.parse(await readFile(join(instance.stateDir, 'admin.json'), 'utf8'));
    await rm(instance.stateDir, { recursive: true });
    const given = { email, password: new Secret(password) };
    const { namePrefix } = instance;
    const { changes } = await provisionIdentities({ ...instance.wanted(), given });
    expect(changes).toEqual(
      ['runtime', 'seeder'].flatMap((role) => [
        `created a client secret for ${namePrefix}-${role}`,
        `revoked orphaned client secrets of ${namePrefix}-${role}: 1`,
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
