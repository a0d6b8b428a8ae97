import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
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

const RENDERED = { infisical_env: '', valkey_conf: '' };
/** Copies for while Infisical is started anew. */
const copiesIn = ({ stateDir }: Installation) => ({
  ONEX_LAST_KNOWN_GOOD: 'true',
  ONEX_LAST_KNOWN_GOOD_DIR: join(stateDir, 'copies'),
  ONEX_LAST_KNOWN_GOOD_KEY: 'a-key-of-this-test-alone',
});

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
  const secretsOf = () => {
    const folder = join(installation.stateDir, installation.environment, 'secrets');
    const names = readdirSync(folder).filter((name) => !name.startsWith('variables-'));
    return Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
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

  it('KEY: its value comes from a pipe, reaches readers and nodes, and stands in no history', async () => {
    const stop = startReader(envFile(), NAME, UNCACHED);
    const value = `given-${randomUUID()}`;
    const file = join(installation.stateDir, 'new-value');
    writeFileSync(file, `${value}\n`);
    const ended = await installation.run('rotate', 'KAFKA_ACKS', '--value', file, '--overlap', '0s');
    const { failed, values } = await stop();
    expectExit(0, ended);
    expect({ failed, values }).toEqual({ failed: [], values: ['all', value] });
    const nodes = installation.docker(
      'exec',
      `onex-${installation.environment}-greeter-1`,
      'sh',
      '-c',
      'cat /run/onex/nodes/*.json',
    );
    expect(nodes).toContain(value);
    const kept = readdirSync(join(installation.stateDir, installation.environment, 'secrets'));
    expect(kept.filter((name) => name.startsWith('given-'))).toEqual([]);
    await installation.withClient(async (client) => {
      const handle = client.workflow.getHandle(`bootstrap/${installation.environment}`);
      expect(JSON.stringify(await handle.fetchHistory())).not.toContain(
        Buffer.from(value).toString('base64').slice(0, -4),
      );
    });
  });

  it.each(['KAFKA_ACKS', 'NOT_THERE', '/shared/NOT_THERE', 'admin-pasword', 'POSTGRES_PASSWORD'])(
    '%s without a value, or without a place, is refused before anything is made',
    async (name) => {
      const ended = await installation.run('rotate', name);
      expectExit(2, ended);
      expect(ended.stderr).toMatch(
        /no new value|no secret|nothing that can be rotated|rotate postgres-password/,
      );
    },
  );

  it.each(['auth-secret', 'valkey-password', 'postgres-password'])(
    '%s: services get the new one, the old one is dead, readers with copies notice nothing, and up finds all in place',
    async (name) => {
      const before = secretsOf();
      const stop = startReader(envFile(), NAME, { ...UNCACHED, ...copiesIn(installation) });
      await sleep(500);
      const ended = await installation.run('rotate', name, '--overlap', '0s');
      await sleep(500);
      const { failed, reads, longestMs } = await stop();
      console.info(
        `${name}: ${ended.seconds.toFixed(1)} s, ${reads} reads, the longest ${longestMs.toFixed(0)} ms`,
      );
      expectExit(0, ended);
      expect(failed).toEqual([]);
      const after = secretsOf();
      const file = name.replaceAll('-', '_');
      expect(after[file]).not.toEqual(before[file]);
      expect({ ...after, [file]: '', ...RENDERED }).toEqual({ ...before, [file]: '', ...RENDERED });
      const again = await installation.run('up', '--json');
      expectExit(0, again);
      expect(JSON.parse(again.stdout)).toMatchObject({ changes: { count: 0 } });
    },
  );

  it('is done again and again by a schedule, until that is removed', async () => {
    const scheduled = async (...flags: string[]) => {
      const ended = await installation.run('rotate', 'client-secrets', '--json', ...flags);
      expectExit(0, ended);
      return (JSON.parse(ended.stdout) as { done: string }).done;
    };
    expect(await scheduled('--every', '90d')).toBe('created');
    expect(await scheduled('--every', '90d')).toBe('kept');
    expect(await scheduled('--remove')).toBe('removed');
  });

  it('says why a key of the database cannot be rotated, and what there is', async () => {
    const ended = await installation.run('rotate', 'encryption-key');
    expectExit(2, ended);
    expect(ended.stderr).toMatch(/no way to another one.*up -e NAME/s);
  });
});
