import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { startDevInfisical, type DevInfisical } from '../support/dev-infisical';
import { Installation, expectExit } from '../support/installation';

const MINUTES = 180_000;
const example = join(__dirname, '..', '..', 'examples', 'onex');
const [MOST, WINDOW_MS] = [12, 5_000];

/** Lets twelve requests through in five seconds; `retryAfter` is what the others are told. */
async function limiting(
  target: string,
  retryAfter: string | undefined,
): Promise<{ url: string; server: Server }> {
  const { hostname, port } = new URL(target);
  let times: number[] = [];
  const server = createServer((asked, answer) => {
    const now = Date.now();
    times = times.filter((time) => now - time < WINDOW_MS);
    if (times.length >= MOST) {
      const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
      answer.writeHead(429, { 'content-type': 'application/json', ...headers });
      return answer.end(JSON.stringify({ statusCode: 429, message: 'Rate limit exceeded' }));
    }
    times.push(now);
    const { method, url: path, headers } = asked;
    const passed = request({ hostname, port, method, path, headers }, (got) => {
      answer.writeHead(got.statusCode ?? 500, got.headers);
      got.pipe(answer);
    });
    asked.pipe(passed);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
}

describe('an Infisical on a bad day', () => {
  let infisical: DevInfisical;
  const installations: Installation[] = [];
  const servers: Server[] = [];

  beforeAll(async () => {
    infisical = await startDevInfisical();
  }, MINUTES);
  afterAll(async () => {
    for (const installation of installations) {
      await installation.run('down');
      await installation.remove();
    }
    for (const server of servers) server.close();
    await infisical.stop();
  }, MINUTES);

  async function installed(variables: Record<string, string> = {}): Promise<Installation> {
    const installation = await Installation.create(variables);
    installations.push(installation);
    return installation;
  }
  const values = [
    ['--values', join(example, 'values.env')],
    ['--values', `billing=${join(example, 'billing.env')}`],
  ].flat();

  it(
    'that lets 12 requests through in 5 s is set up all the same',
    async () => {
      const { url, server } = await limiting(infisical.url, '1');
      servers.push(server);
      const installation = await installed();
      const up = await installation.run('up', join(example, 'contracts'), ...values, '--infisical', url);
      expectExit(0, up);
      expect(up.stderr).toContain('Infisical limits its requests: going on in 1 s');
    },
    MINUTES,
  );

  it.each(['nobody listens', 'nothing is answered'])(
    'is told by plan, dry run and status within 30 s: %s',
    async (how) => {
      const silent = createTcpServer().listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const { port } = silent.address() as AddressInfo;
      if (how === 'nobody listens') silent.close();
      const address = `http://127.0.0.1:${port}`;
      const given = { INFISICAL_CLIENT_ID: 'x', INFISICAL_CLIENT_SECRET: 'y', INFISICAL_PROJECT_ID: 'z' };
      const installation = await installed(given);
      expectExit(0, await installation.run('declare', join(example, 'contracts'), '--infisical', address));
      const why = how === 'nobody listens' ? 'ECONNREFUSED' : 'no answer within';
      for (const command of [['plan'], ['up', '--dry-run'], ['status']]) {
        const { code, seconds, stdout, stderr } = await installation.run(...command);
        expect({ command, code, said: stdout + stderr }).toEqual({
          command,
          code: 3,
          said: expect.stringContaining(why),
        });
        expect(seconds).toBeLessThan(30);
      }
      silent.close();
    },
    MINUTES,
  );
});
