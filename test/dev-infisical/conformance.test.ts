import { allCases } from '../../verification/conformance/all-cases';
import { prepareWorld, type Access } from '../../verification/conformance/prepare-world';
import { runCases } from '../../verification/conformance/run-cases';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { startPostgres, startRedis } from '../support/local-services';
import { bootstrapped, send } from './support';

describe.each(['current', '2024'] as const)(
  'the conformance suite against the %s generation',
  (generation) => {
    let server: DevInfisical;
    beforeAll(async () => {
      server = await startDevInfisical({ generation });
    });
    afterAll(() => server.stop());

    it('passes as the administrator that it bootstraps itself', async () => {
      const said: string[] = [];
      const world = await prepareWorld({ address: server.url }, (line) => said.push(line));
      const outcomes = await runCases(world, allCases, () => undefined);
      expect(outcomes.filter(({ outcome }) => outcome === 'FAIL')).toEqual([]);
      expect(outcomes.filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(50);
      expect(said[1]).toContain('a generated account whose password is kept nowhere');
      expect(said.join()).not.toContain(world.administrator?.account.password);
    }, 60_000);

    it('asks for credentials when the instance is initialised', async () => {
      await expect(prepareWorld({ address: server.url }, () => undefined)).rejects.toThrow('give --email');
    });
  },
);

describe('the conformance suite with a machine identity', () => {
  let stop: (() => Promise<void>)[] = [];
  afterAll(() => Promise.all(stop.map((each) => each())));

  it('works inside the given project and leaves nothing in it', async () => {
    const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    const server = await startDevInfisical({ databaseUri: postgres.uri, redisUrl: redis.url });
    stop = [server.stop, postgres.stop, redis.stop];
    const { machine, token } = await machineOf(server.url);

    const world = await prepareWorld({ address: server.url, machine }, () => undefined);
    const outcomes = await runCases(world, allCases, () => undefined);
    expect(outcomes.filter(({ outcome }) => outcome === 'FAIL')).toEqual([]);
    expect(outcomes.filter(({ outcome }) => outcome === 'ok').length).toBeGreaterThan(30);

    const query = `projectId=${machine.projectId}&environment=dev&path=/`;
    const left = await send(server.url, 'GET', `/api/v2/folders?${query}`, { token });
    expect(left.body.folders).toEqual([]);
  }, 60_000);
});

async function machineOf(url: string): Promise<{ machine: NonNullable<Access['machine']>; token: string }> {
  const { token, projectId } = await bootstrapped(url);
  const post = (path: string, body: unknown) => send(url, 'POST', path, { token, body });
  const { organizationId } = await organizationOf(url, token);
  const made = await post('/api/v1/identities', { name: 'seeder', organizationId });
  const id: string = made.body.identity.id;
  const base = `/api/v1/auth/universal-auth/identities/${id}`;
  const clientId: string = (await post(base, {})).body.identityUniversalAuth.clientId;
  const clientSecret: string = (await post(`${base}/client-secrets`, {})).body.clientSecret;
  await post(`/api/v1/projects/${projectId}/memberships/identities/${id}`, { role: 'member' });
  return { machine: { clientId, clientSecret, projectId }, token };
}

async function organizationOf(url: string, token: string): Promise<{ organizationId: string }> {
  const { body } = await send(url, 'GET', '/api/v1/identities/details', { token });
  return { organizationId: body.identityDetails.organization.id };
}
