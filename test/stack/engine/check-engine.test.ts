import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { ensureNetworkAndVolumes } from '../../../stack/engine/network-and-volumes';
import { ensureStackSecrets } from '../../../stack/engine/ensure-stack-secrets';
import { removeStack } from '../../../stack/engine/remove-stack';
import { keepKeyCopy } from '../../../environment/keys';
import { checkVolume } from '../../../stack/engine/check-engine';
import { Secret } from '../../../contracts/core/secret';
import type { Stack } from '../../../stack/compose/stack';
import { describeWithEngine, engine, TestStack } from './real-engine';

jest.setTimeout(120_000);

describeWithEngine('a volume and the keys on disk', () => {
  const test = new TestStack();
  let stack: Stack;
  let stateDir: string;
  let notes: string[];

  beforeAll(async () => {
    stack = (await test.prepare()).parse();
    stateDir = test.stateDir;
  });
  beforeEach(() => makeVolumes());
  afterEach(() => removeStack(engine, test.owner(stack), { volumes: true }));
  afterAll(() => test.remove(stack));

  async function makeVolumes(): Promise<void> {
    rmSync(stateDir, { recursive: true, force: true });
    await ensureStackSecrets(stack, { variables: new Map() });
    await keepKeyCopy(stateDir);
    await makeAnew();
  }

  async function makeAnew(): Promise<void> {
    const images = { postgres: { kind: 'local' }, valkey: { kind: 'local' } } as const;
    await ensureNetworkAndVolumes(engine, stack, { environment: test.environment, stateDir, images });
  }

  async function problems(name = 'postgres', given: Record<string, string> = {}): Promise<string[]> {
    notes = [];
    const found = await checkVolume(engine, stack, stack.volumes[name]!, {
      environment: test.environment,
      stateDir,
      variables: new Map(Object.entries(given).map(([variable, value]) => [variable, new Secret(value)])),
      note: (change) => notes.push(change),
    });
    expect(found.every(({ type, nonRetryable }) => type === 'Refused' && nonRetryable === true)).toBe(true);
    return found.map(({ message }) => message);
  }

  const file = (name: string) => stack.secrets[name]!.file;
  const labels = async (name: string) =>
    (await engine.getVolume(stack.volumes[name]!.engineName).inspect()).Labels;

  it('fit together: nothing is refused, and the label tells nothing', async () => {
    expect(await problems()).toEqual([]);
    const before = await labels('postgres');
    expect(
      Object.keys(before)
        .filter((label) => label.startsWith('onex.key.'))
        .sort(),
    ).toEqual(['onex.key.encryption_key', 'onex.key.postgres_password']);
    // the same password under another installation's key
    const password = readFileSync(file('postgres_password'), 'utf8');
    expect(JSON.stringify(before)).not.toContain(password);
    await removeStack(engine, test.owner(stack), { volumes: true });
    rmSync(join(stateDir, 'digest-key'));
    rmSync(join(stateDir, 'secrets', 'digest-key'));
    await makeAnew();
    const after = await labels('postgres');
    expect(readFileSync(file('postgres_password'), 'utf8')).toBe(password);
    expect(after['onex.key.postgres_password']).not.toBe(before['onex.key.postgres_password']);
  });

  it.each([
    [
      'postgres',
      'encryption_key',
      / or start over with: onex-bootstrap down --volumes \(the data is lost\)\.$/,
    ],
    [
      'postgres',
      'postgres_password',
      / change it in the running postgres too, and run again while that is up/,
    ],
    ['valkey', 'valkey_password', / change it in the running valkey too/],
  ])('are refused where the %s volume knows another %s', async (volume, name, remedy) => {
    const good = readFileSync(file(name), 'utf8');
    writeFileSync(file(name), 'another value');
    const [problem, ...more] = await problems(volume);
    expect(more).toEqual([]);
    expect(problem).toContain(
      `Volume ${stack.name}_${volume} was made with a different ${name} from the one in ${file(name)}.`,
    );
    expect(problem).toMatch(remedy);
    expect(problem).not.toMatch(/another value/);
    writeFileSync(file(name), good);
    expect(await problems(volume)).toEqual([]);
  });

  it('are refused where a key is lost, before a new one is made, unless the operator gives it', async () => {
    const key = readFileSync(file('encryption_key'), 'utf8');
    rmSync(file('encryption_key'));
    expect(await problems()).toEqual([
      expect.stringMatching(/needs the key encryption_key, and .*encryption_key is missing\. Restore/),
    ]);
    expect(await problems('postgres', { INFISICAL_ENCRYPTION_KEY: key })).toEqual([]);
  });

  it('are refused to another state directory, and fit again when only the secrets are restored', async () => {
    const backup = join(test.dir, 'backup');
    cpSync(join(stateDir, 'secrets'), backup, { recursive: true });
    rmSync(stateDir, { recursive: true });
    mkdirSync(stateDir);
    await ensureStackSecrets(stack, { variables: new Map() });
    expect(await problems()).toEqual([
      expect.stringContaining('are there no more. Bring that directory back'),
    ]);
    rmSync(stateDir, { recursive: true });
    cpSync(backup, join(stateDir, 'secrets'), { recursive: true });
    expect(await problems()).toEqual([]);
  });

  it('fit after a password was changed in the running service and on disk, which a login proves', async () => {
    await removeStack(engine, test.owner(stack), { volumes: true });
    await makeAnew();
    await test.up(stack, ['valkey']);
    const old = readFileSync(file('valkey_password'), 'utf8');
    const redis = new Redis({ port: Number(test.variables['VALKEY_EXTERNAL_PORT']), password: old });
    writeFileSync(file('valkey_password'), 'a new one');
    expect(await problems('valkey')).toHaveLength(1);
    await redis.config('SET', 'requirepass', 'a new one');
    redis.disconnect();
    expect(await problems('valkey')).toEqual([]);
    expect(notes).toEqual([
      `accepted the changed valkey_password of volume ${stack.name}_valkey, proven by a login`,
    ]);
    expect(await problems('valkey')).toEqual([]);
    expect(notes).toEqual([]);
    writeFileSync(file('valkey_password'), old);
    expect(await problems('valkey')).toHaveLength(1);
  });
});
