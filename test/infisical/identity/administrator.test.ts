import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ensureAdmin, logInAdmin } from '../../../infisical/identity/administrator';
import { provisionIdentities } from '../../../infisical/identity/provision';
import { readAdminCredentials } from '../../../infisical/identity/state';
import { Secret } from '../../../contracts/core/secret';
import { answers } from '../../support/faults';
import { startInstances, type Instance } from '../instances';

jest.setTimeout(300_000);

let instances: Awaited<ReturnType<typeof startInstances>>;
beforeAll(async () => {
  instances = await startInstances();
});
afterAll(() => instances.stop());

async function become({ client, wanted }: Instance, given?: { email: string; password: Secret }) {
  return ensureAdmin({ ...wanted(), http: client(), given });
}

describe('ensureAdmin', () => {
  it('stores the credential before the call, and the token right after it', async () => {
    const instance = await instances.fresh();
    instance.proxy.once({ kind: 'reset' }, 'POST', /admin\/bootstrap$/);
    await expect(become(instance)).rejects.toMatchObject({ kind: 'unavailable' });
    const ahead = await readFile(join(instance.stateDir, 'admin.json'), 'utf8');
    const { via, changes } = await become(instance);
    expect({ via, changes }).toEqual({
      via: 'password',
      changes: ['set up the instance, administrator admin@onex.local'],
    });
    expect(await readFile(join(instance.stateDir, 'admin.json'), 'utf8')).toBe(ahead);
    expect((await stat(join(instance.stateDir, 'bootstrap-token'))).mode & 0o777).toBe(0o600);
  });

  it.each(['user', 'organization', 'identity', 'config'])(
    'recovers a set-up torn after the %s',
    async (step) => {
      const instance = await instances.fresh({ env: { DEV_INFISICAL_BOOTSTRAP_CRASH_AFTER: step } });
      await expect(become(instance)).rejects.toMatchObject({ kind: 'unavailable' });
      await instance.server.restart({ env: {} });
      const { changes } = await provisionIdentities(instance.wanted());
      if (step !== 'config')
        expect(changes[0]).toBe('closed and recovered an instance whose set-up had been cut off');
      expect((await provisionIdentities(instance.wanted())).changes).toEqual([]);
      expect(await instance.query('SELECT email FROM users')).toEqual([{ email: 'admin@onex.local' }]);
      expect(await instance.query('SELECT id FROM organizations')).toHaveLength(1);
      expect(await instance.query('SELECT initialized, "allowSignUp" FROM server_config')).toEqual([
        { initialized: true, allowSignUp: false },
      ]);
      const alive =
        'SELECT id FROM access_tokens WHERE "clientSecretId" IS NULL AND NOT "isAccessTokenRevoked"';
      expect(await instance.query(`${alive} AND NOT "endedItself"`)).toEqual([]);
      expect((await readdir(instance.stateDir)).sort()).not.toContain('closing.json');
    },
  );

  it.each(['user', 'organization'])('closes an instance of 2024 torn after the %s too', async (step) => {
    const env = { DEV_INFISICAL_BOOTSTRAP_CRASH_AFTER: step };
    const instance = await instances.fresh({ generation: '2024', env });
    await expect(become(instance)).rejects.toMatchObject({ kind: 'unavailable' });
    await instance.server.restart({ env: {} });
    const { changes } = await provisionIdentities(instance.wanted());
    expect(changes[0]).toBe('closed and recovered an instance whose set-up had been cut off');
    expect(await instance.query('SELECT email FROM users')).toEqual([{ email: 'admin@onex.local' }]);
    expect(await instance.query('SELECT initialized FROM server_config')).toEqual([{ initialized: true }]);
  });

  it.each(['user', 'organization', 'identity', 'config'])(
    'goes on closing where the closing set-up is torn after the %s',
    async (step) => {
      const instance = await instances.fresh({ env: { DEV_INFISICAL_BOOTSTRAP_CRASH_AFTER: 'user' } });
      await expect(become(instance)).rejects.toMatchObject({ kind: 'unavailable' });
      await instance.server.restart({ env: { DEV_INFISICAL_BOOTSTRAP_CRASH_AFTER: step } });
      await expect(provisionIdentities(instance.wanted())).rejects.toMatchObject({ kind: 'unavailable' });
      await instance.server.restart({ env: {} });
      await provisionIdentities(instance.wanted());
      expect(await instance.query('SELECT email FROM users')).toEqual([{ email: 'admin@onex.local' }]);
      expect(await instance.query('SELECT id FROM organizations')).toHaveLength(1);
      expect(await instance.query('SELECT initialized FROM server_config')).toEqual([{ initialized: true }]);
      expect((await readdir(instance.stateDir)).sort()).not.toContain('closing.json');
      expect((await provisionIdentities(instance.wanted())).changes).toEqual([]);
    },
  );

  it.each([/admin\/bootstrap$/, /organization-management/, /user-management/])(
    'goes on closing where an answer was lost: %s',
    async (path) => {
      const instance = await instances.fresh({
        env: { DEV_INFISICAL_BOOTSTRAP_CRASH_AFTER: 'organization' },
      });
      await expect(become(instance)).rejects.toMatchObject({ kind: 'unavailable' });
      await instance.server.restart({ env: {} });
      // the first request of a bootstrap finds the account of the torn one
      if (path.source.includes('bootstrap')) instance.proxy.once(answers.serverError, 'POST', path);
      else instance.proxy.once({ kind: 'reset after commit' }, 'DELETE', path);
      await expect(provisionIdentities(instance.wanted())).rejects.toMatchObject({ kind: 'unavailable' });
      await provisionIdentities(instance.wanted());
      expect(await instance.query('SELECT email FROM users')).toEqual([{ email: 'admin@onex.local' }]);
      expect(await instance.query('SELECT id FROM organizations')).toHaveLength(1);
      expect((await readdir(instance.stateDir)).sort()).not.toContain('closing.json');
      expect((await provisionIdentities(instance.wanted())).changes).toEqual([]);
    },
  );

  it('refuses an instance that somebody else took over while it was open', async () => {
    const instance = await instances.fresh({ env: { DEV_INFISICAL_BOOTSTRAP_CRASH_AFTER: 'organization' } });
    await expect(become(instance)).rejects.toMatchObject({ kind: 'unavailable' });
    await instance.server.restart({ env: {} });
    const body = JSON.stringify({ email: 'eve@example.com', password: 'eve-eve-eve', organization: 'Eve' });
    const headers = { 'content-type': 'application/json' };
    await instance.query('UPDATE server_config SET initialized = false');
    await fetch(`${instance.server.url}/api/v1/admin/bootstrap`, { method: 'POST', headers, body });
    await instance.query('UPDATE server_config SET initialized = false');
    const refusal = { type: 'Refused', message: expect.stringContaining('1 super administrator beside') };
    await expect(provisionIdentities(instance.wanted())).rejects.toMatchObject(refusal);
    await expect(provisionIdentities(instance.wanted())).rejects.toMatchObject(refusal);
  });

  it('refuses an account that belongs to no organisation of an instance that is set up', async () => {
    const instance = await instances.fresh();
    await become(instance);
    await instance.query('DELETE FROM organization_users');
    await expect(become(instance)).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(/admin@onex\.local belongs to no organisation\. Give an administrator/),
    });
  });

  it('does without a bootstrap token that is dead on arrival', async () => {
    const instance = await instances.fresh({ env: { DEV_INFISICAL_BOOTSTRAP_TOKEN: 'none' } });
    const { changes } = await provisionIdentities(instance.wanted());
    expect(changes).toContainEqual(expect.stringMatching(/bootstrap token/));
    expect((await readdir(instance.stateDir)).sort()).toEqual([
      'admin.json',
      'identity.json',
      'revoked-tokens.json',
      'server.json',
    ]);
  });

  it('takes the bootstrap token where the password does not work, if the token is good', async () => {
    const instance = await instances.fresh();
    await become(instance);
    await spoilPassword(instance);
    await expect(become(instance)).resolves.toMatchObject({ via: 'bootstrapToken', changes: [] });
    const { changes } = await provisionIdentities(instance.wanted());
    expect(changes).not.toContain('revoked the bootstrap token');
    expect(changes).toContain('created identity onex-runtime');
  });

  it('names both when neither password nor token work', async () => {
    const instance = await instances.fresh({ env: { DEV_INFISICAL_BOOTSTRAP_TOKEN: 'none' } });
    await become(instance);
    await spoilPassword(instance);
    await expect(become(instance)).rejects.toThrow(
      /refuses the password of admin@onex\.local \(from admin\.json\), and the bootstrap token has no expiry/,
    );
  });

  it('sets up with given credentials, and refuses others where an earlier run wrote some', async () => {
    const instance = await instances.fresh();
    instance.proxy.once({ kind: 'reset' }, 'POST', /admin\/bootstrap$/);
    const given = { email: 'Ada@Example.com', password: new Secret('a given password') };
    await expect(become(instance, given)).rejects.toMatchObject({ kind: 'unavailable' });
    expect((await readAdminCredentials(instance.stateDir))?.email).toBe('ada@example.com');
    const other = { ...given, password: new Secret('another password') };
    await expect(become(instance, other)).rejects.toThrow(
      /admin\.json names ada@example\.com with a password other than the one given/,
    );
    await expect(become(instance, given)).resolves.toMatchObject({ via: 'password' });
  });

  it('refuses state files of a newer release, and broken ones, without showing them', async () => {
    const instance = await instances.fresh();
    const path = join(instance.stateDir, 'admin.json');
    await writeFile(path, '{"version": 2, "password": "hush-hush"}');
    await expect(become(instance)).rejects.toThrow(/admin\.json was written by a newer onex-bootstrap/);
    await writeFile(path, '{"version": 1, "password": "hush-hush"}');
    await expect(become(instance)).rejects.toThrow(/admin\.json has no usable email, organization/);
  });
});

describe('logInAdmin', () => {
  it.each(['current', '2024'] as const)('tells a wrong password (%s generation)', async (generation) => {
    const instance = await instances.fresh({ generation });
    await become(instance);
    const wrong = { email: 'admin@onex.local', password: new Secret('wrong'), organization: 'onex' };
    await expect(logInAdmin(instance.client(), wrong)).rejects.toMatchObject({ kind: 'unauthorised' });
  });

  it.each([/login1$/, /login2$/])('takes no passing fault for a wrong password: 500 at %s', async (path) => {
    const instance = await instances.fresh({ generation: '2024' });
    instance.proxy.once(answers.serverError, 'POST', path);
    await expect(become(instance)).resolves.toMatchObject({ via: 'password' });
    expect(instance.proxy.pending).toBe(0);
  });
});

async function spoilPassword({ stateDir }: Instance): Promise<void> {
  const path = join(stateDir, 'admin.json');
  const stored = JSON.parse(await readFile(path, 'utf8'));
  await writeFile(path, JSON.stringify({ ...stored, password: 'spoilt' }));
}
