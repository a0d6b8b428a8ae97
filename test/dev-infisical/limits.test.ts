import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { bootstrapped, send } from './support';

describe('limits of the development server', () => {
  let server: DevInfisical;
  beforeAll(async () => {
    server = await startDevInfisical({ env: { DEV_INFISICAL_MACHINE_TOKEN_SECONDS: '1' } });
  });
  afterAll(() => server.stop());

  it('an expired token is 403', async () => {
    const { token } = await bootstrapped(server.url);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const refused = await send(server.url, 'GET', '/api/v1/projects', { token });
    expect([refused.status, refused.body.message]).toEqual([
      403,
      'Your token has expired. Please re-authenticate.',
    ]);
  });

  it.each([
    ['current', 429, 'Rate limit exceeded'],
    ['2024', 500, 'Something went wrong'],
  ] as const)(
    'the limiter of the %s generation answers %d, also after a restart',
    async (generation, status, text) => {
      await server.restart({ generation, env: { DEV_INFISICAL_RATE_LIMITS: 'on' } });
      const request = () => send(server.url, 'GET', '/api/v1/admin/config');
      const answers = [];
      for (let count = 0; count < 61; count += 1) answers.push(await request());
      const limited = answers.filter((answer) => answer.status === status);
      expect(limited.length).toBeGreaterThan(0);
      expect(limited[0]?.body.message).toContain(text);
      expect(Number(limited[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
      await server.restart();
      expect((await request()).status).toBe(status);
    },
  );
});
