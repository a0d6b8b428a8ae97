import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { notifyActivities } from '../../activities/notify';
import { FailureType } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import type { Watched } from '../../contracts/run/drift';
import { listed } from '../../contracts/run/summaries';
import { forgetNotified, saveNotified } from '../../environment/notify';
import { declaredIn } from '../support/declared';
import { inActivity } from '../support/in-activity';

const seen: Watched = {
  outcome: 'drifted',
  drifts: listed(['container postgres: stopped [aaaaaaaaaaaa]']),
  heals: {},
  decide: [],
  unobserved: listed([]),
  accepted: 0,
  digest: '0123456789ab',
};

describe('whoever is to be told', () => {
  let server: Server;
  let root: string;
  let status = 200;
  const got: { headers: IncomingHttpHeaders; body: string }[] = [];
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'onex-notify-'));
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        got.push({ headers: request.headers, body });
        response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterAll(async () => {
    server.close();
    await rm(root, { recursive: true, force: true });
  });

  it.each(['http://example.test/x', 'https://anna:pw@example.test/x', 'hooks.example.test', ''])(
    'has an address that keeps the message to itself, and not %p',
    async (address) => {
      await expect(saveNotified(root, new Secret(address))).rejects.toMatchObject({
        type: FailureType.badInput,
        message: expect.not.stringContaining('pw@'),
      });
    },
  );

  it('gets each state once, signed, and one that it did not take again', async () => {
    const { host, environment } = await declaredIn(root, { infisical: 'http://127.0.0.1:1' });
    const run = { environment: 'dev', declaration: environment.digest, dryRun: true, overwrite: false };
    const tell = (watched: Watched) => inActivity(() => notifyActivities(host).tellChange(run, watched));
    expect(await tell(seen)).toBe(false); // nobody is declared

    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    const file = await saveNotified(environment.stateDir, new Secret(address));
    expect(await saveNotified(environment.stateDir, new Secret(`${address}/2`))).toBe(file);
    const { key } = JSON.parse(await readFile(file, 'utf8')) as { key: string };
    for (const [answer, type] of [
      [503, FailureType.unavailable],
      [429, FailureType.unavailable],
      [404, FailureType.refused],
      [302, FailureType.refused],
    ] as const) {
      status = answer;
      await expect(tell(seen)).rejects.toMatchObject({ type, message: expect.not.stringContaining('/hook') });
    }
    status = 204;
    expect(await tell(seen)).toBe(true);
    expect(await tell(seen)).toBe(false);

    const { headers, body } = got.at(-1)!;
    expect(JSON.parse(body)).toMatchObject({ environment: 'dev', outcome: 'drifted', drifts: { count: 1 } });
    const time = headers['onex-timestamp'] as string;
    const signature = createHmac('sha256', key).update(`${time}.${body}`).digest('hex');
    expect(headers['onex-signature']).toBe(`sha256=${signature}`);
    expect(new Set(got.map((one) => one.headers['onex-delivery']))).toEqual(new Set([seen.digest]));

    await forgetNotified(environment.stateDir);
    expect(await tell({ ...seen, digest: 'ba9876543210' })).toBe(false);
    expect(got).toHaveLength(5);
  });
});
