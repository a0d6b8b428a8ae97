import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';

describe('the development server', () => {
  let server: DevInfisical;
  beforeAll(async () => {
    server = await startDevInfisical();
  });
  afterAll(() => server.stop());

  it('says on each answer and in its log what it is', async () => {
    const answer = await fetch(`${server.url}/api/status`);
    expect(answer.headers.get('x-dev-infisical')).toBe('development-server-not-infisical');
    expect(server.output()).toContain('THIS IS NOT INFISICAL');
  });
});
