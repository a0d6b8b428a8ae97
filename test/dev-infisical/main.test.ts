import { Client } from 'pg';
import {
  runDevInfisical,
  startDevInfisical,
  TEST_ENCRYPTION_KEY,
  type DevInfisical,
} from '../support/dev-infisical';
import { freePort } from '../support/local-services';
import { bootstrapped, send } from './support';

describe('the development server', () => {
  let server: DevInfisical;
  beforeAll(async () => {
    server = await startDevInfisical();
  });
  afterAll(() => server.stop());

  const refusal = async (options: Parameters<typeof runDevInfisical>[1]) => {
    const services = { databaseUri: server.databaseUri, redisUrl: server.redisUrl };
    const attempt = await runDevInfisical(await freePort(), { ...services, ...options });
    return { code: await attempt.exited, output: attempt.output() };
  };

  it('says on each answer and in its log what it is', async () => {
    const answer = await fetch(`${server.url}/api/status`);
    expect(answer.headers.get('x-dev-infisical')).toBe('development-server-not-infisical');
    expect(server.output()).toContain('THIS IS NOT INFISICAL');
  });

  it('refuses production', async () => {
    const { code, output } = await refusal({ env: { NODE_ENV: 'production' } });
    expect(code).toBe(1);
    expect(output).toContain('NODE_ENV: must not be production');
  });

  it('names every problem of its environment at once, and no value', async () => {
    const { code, output } = await refusal({
      databaseUri: '',
      encryptionKey: 'a-short-key',
      env: { PORT: '99999999', AUTH_SECRET: '' },
    });
    expect(code).toBe(1);
    for (const name of ['DB_CONNECTION_URI', 'ENCRYPTION_KEY', 'AUTH_SECRET', 'PORT'])
      expect(output).toContain(name);
    expect(output).not.toContain('a-short-key');
  });

  it.each([
    ['DB_CONNECTION_URI', { databaseUri: 'postgresql://someone:hidden@127.0.0.1:1/none' }],
    ['REDIS_URL', { redisUrl: 'redis://:hidden@127.0.0.1:1' }],
  ])('does not start without the server behind %s', async (name, options) => {
    const { code, output } = await refusal(options);
    expect(code).toBe(1);
    expect(output).toContain(name);
    expect(output).not.toContain('hidden');
  });

  it('refuses a database that was written under another ENCRYPTION_KEY', async () => {
    const { code, output } = await refusal({ encryptionKey: [...TEST_ENCRYPTION_KEY].reverse().join('') });
    expect(code).toBe(1);
    expect(output).toContain('ENCRYPTION_KEY is not the key under which this database was written');
  });

  it('stores ciphertext, and reads it back after a restart', async () => {
    const { token, projectId } = await bootstrapped(server.url);
    const place = { projectId, environment: 'dev', secretPath: '/' };
    const body = { ...place, secretValue: 'the plain value', secretComment: 'the plain comment' };
    await send(server.url, 'POST', '/api/v4/secrets/KEY', { token, body });
    expect(await wholeTable(server.databaseUri, 'secrets')).not.toContain('plain');
    expect(await wholeTable(server.databaseUri, 'secret_versions')).not.toContain('plain');

    await server.restart();
    const query = new URLSearchParams(place).toString();
    const read = await send(server.url, 'GET', `/api/v4/secrets/KEY?${query}`, { token });
    expect(read.body.secret.secretValue).toBe('the plain value');
    expect(server.output()).not.toContain('plain');
  });
});

async function wholeTable(uri: string, table: string): Promise<string> {
  const client = new Client({ connectionString: uri });
  await client.connect();
  const { rows } = await client.query(`select encode(value, 'escape') as value from ${table}`);
  await client.end();
  expect(rows.length).toBeGreaterThan(0);
  return JSON.stringify(rows);
}
