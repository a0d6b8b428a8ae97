import { Client } from 'pg';
import { startDevInfisical, type DevInfisical, type DevInfisicalOptions } from '../support/dev-infisical';
import { account, send } from './support';

describe('POST /api/v1/admin/bootstrap', () => {
  let server: DevInfisical;
  beforeAll(async () => {
    server = await startDevInfisical();
  });
  afterAll(() => server.stop());

  const restartEmpty = async (env: DevInfisicalOptions['env'] = {}) => {
    const client = new Client({ connectionString: server.databaseUri });
    await client.connect();
    await client.query('drop schema public cascade; create schema public');
    await client.end();
    await server.restart({ env });
  };
  const bootstrap = () => send(server.url, 'POST', '/api/v1/admin/bootstrap', { body: account });
  const initialized = async () =>
    (await send(server.url, 'GET', '/api/v1/admin/config')).body.config.initialized as boolean;
  const login = () => send(server.url, 'POST', '/api/v3/auth/login', { body: account });

  it('answers a token with an expiry of 90 days', async () => {
    await restartEmpty();
    const { body } = await bootstrap();
    const token: string = body.identity.credentials.token;
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
    expect(claims.exp - claims.iat).toBe(90 * 24 * 3600);
    expect((await send(server.url, 'GET', '/api/v1/projects', { token })).status).toBe(200);
  });

  it('leaves signing up open, and gives the organisation a project of another product', async () => {
    await restartEmpty();
    await bootstrap();
    const { body } = await send(server.url, 'GET', '/api/v1/admin/config');
    expect([body.config.initialized, body.config.allowSignUp]).toEqual([true, true]);
    const session: string = (await login()).body.accessToken;
    const found = await send(server.url, 'GET', '/api/v1/organization', { token: session });
    const organizationId: string = found.body.organizations[0].id;
    const selecting = { token: session, body: { organizationId } };
    const { token } = (await send(server.url, 'POST', '/api/v3/auth/select-organization', selecting)).body;
    const { projects } = (await send(server.url, 'GET', '/api/v1/projects', { token })).body;
    expect(projects).toMatchObject([{ name: 'Certificate Manager', type: 'cert-manager' }]);
  });

  it('can answer a token without expiry that is over age on its first use', async () => {
    await restartEmpty({ DEV_INFISICAL_BOOTSTRAP_TOKEN: 'none' });
    const { body } = await bootstrap();
    const token: string = body.identity.credentials.token;
    const refused = await send(server.url, 'GET', '/api/v1/projects', { token });
    expect(refused.status).toBe(401);
    expect(refused.body.message).toBe('Identity access token exceeded max age, please re-authenticate');
  });

  it.each(['user', 'organization', 'identity'])(
    'torn after the %s: never initialised, never repeatable',
    async (step) => {
      await restartEmpty({ DEV_INFISICAL_BOOTSTRAP_CRASH_AFTER: step });
      await expect(bootstrap()).rejects.toThrow();
      await server.restart({ env: {} });
      expect(await initialized()).toBe(false);
      expect((await bootstrap()).body.message).toBe('User already exists');
      const token: string = (await login()).body.accessToken;
      const { body } = await send(server.url, 'GET', '/api/v1/organization', { token });
      expect(body.organizations).toHaveLength(step === 'user' ? 0 : 1);
    },
  );

  it('torn before the answer: initialised, and the password is the way back', async () => {
    await restartEmpty({ DEV_INFISICAL_BOOTSTRAP_CRASH_AFTER: 'config' });
    await expect(bootstrap()).rejects.toThrow();
    await server.restart({ env: {} });
    expect(await initialized()).toBe(true);
    expect((await login()).status).toBe(200);
  });
});
