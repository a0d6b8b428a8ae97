import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Secret } from '../../contracts/core/secret';
import { InfisicalHttp } from '../../infisical/http';
import { login } from '../../infisical/session';
import { expectExit, Installation } from '../support/installation';
import { startReader } from '../support/reader';

jest.setTimeout(300_000);

const NAME = '/shared/kafka/KAFKA_ACKS';
/** Every read is one request: nothing is answered by a cache. */
const UNCACHED = { ONEX_CACHE_TTL_SECONDS: '0' };

describe('rotating under a reader at fifty reads a second', () => {
  let installation: Installation;
  beforeAll(async () => {
    installation = await Installation.create();
    expectExit(0, await installation.run('up'));
  }, 300_000);
  afterAll(() => installation.remove(), 120_000);

  const envFile = () => join(installation.stateDir, installation.environment, 'runtime.env');
  const identity = () => {
    const { identities } = JSON.parse(installation.file('identity.json')) as {
      identities: Record<string, { clientId: string; clientSecret: string }>;
    };
    return identities['runtime']!;
  };
  const pending = () =>
    Object.keys((JSON.parse(installation.file('rotation.json')) as { pending: object }).pending);
  const logsIn = ({ clientId, clientSecret }: ReturnType<typeof identity>) => {
    const address = `http://127.0.0.1:${installation.variables['INFISICAL_EXTERNAL_PORT']}`;
    return login(new InfisicalHttp(address), { clientId, clientSecret: new Secret(clientSecret) }).then(
      () => true,
      () => false,
    );
  };

  it('client-secrets: no read fails, the old secret is dead, and nothing is left to do', async () => {
    const before = identity();
    const stop = startReader(envFile(), NAME, UNCACHED);
    await sleep(500);
    const ended = await installation.run('rotate', 'client-secrets', '--overlap', '2s', '--json');
    await sleep(500);
    const { failed, reads } = await stop();
    expectExit(0, ended);
    expect({ failed, many: reads > 50 }).toEqual({ failed: [], many: true });
    expect(JSON.parse(ended.stdout)).toMatchObject({ outcome: 'complete', rotated: ['client-secrets'] });
    const after = identity();
    expect(readFileSync(envFile(), 'utf8')).toContain(after.clientSecret);
    expect([await logsIn(before), await logsIn(after)]).toEqual([false, true]);
    expect(pending()).toEqual([]);
    expect(ended.stdout + ended.stderr).not.toContain(after.clientSecret);
    const again = await installation.run('up', '--json');
    expectExit(0, again);
    expect(JSON.parse(again.stdout)).toMatchObject({ changes: { count: 0 } });
  });

  it('goes on with the same new secret after its worker was killed, and a second start joins it', async () => {
    const stop = startReader(envFile(), NAME, UNCACHED);
    const killed = installation.start('rotate', 'client-secrets', '--overlap', '3s');
    await killed.says('overlap: waiting');
    killed.child.kill('SIGKILL');
    await killed.ended;
    const switched = identity();
    const both = [1, 2].map(() => installation.run('rotate', 'client-secrets', '--overlap', '3s'));
    for (const ended of await Promise.all(both)) expectExit(0, ended);
    expect(identity()).toEqual(switched);
    expect((await stop()).failed).toEqual([]);
    expect(pending()).toEqual([]);
  });

  it('says why a key of the database cannot be rotated, and what there is', async () => {
    const ended = await installation.run('rotate', 'encryption-key');
    expectExit(2, ended);
    expect(ended.stderr).toMatch(/no way to another one.*up -e NAME/s);
  });
});
