import Docker from 'dockerode';
import { Secret } from '../../../contracts/core/secret';
import { ensureNetworkAndVolumes } from '../../../stack/engine/network-and-volumes';
import { ensureStackSecrets, isSecretUsed } from '../../../stack/engine/ensure-stack-secrets';
import type { Stack } from '../../../stack/compose/stack';
import { describeWithEngine, engine, TestStack } from './real-engine';

jest.setTimeout(120_000);

describeWithEngine('a key that was stored', () => {
  const test = new TestStack();
  let stack: Stack;
  beforeAll(async () => {
    stack = (await test.prepare()).parse();
  });
  afterAll(() => test.remove(stack));
  const give = (key: string) =>
    ensureStackSecrets(stack, {
      variables: new Map([['INFISICAL_ENCRYPTION_KEY', new Secret(key)]]),
      isUsed: (name) => isSecretUsed(engine, stack, name),
    });

  it('is replaced by a given one until something was made with it', async () => {
    await ensureStackSecrets(stack, { variables: new Map() });
    await give('00112233445566778899aabbccddeeff');
    expect(test.secret('encryption_key')).toBe('00112233445566778899aabbccddeeff');
    expect(test.secret('infisical_env')).toContain('00112233445566778899aabbccddeeff');
    const images = { postgres: { kind: 'local' } } as const;
    await ensureNetworkAndVolumes(engine, stack, {
      environment: test.environment,
      stateDir: test.stateDir,
      images,
    });
    await expect(give('ffeeddccbbaa99887766554433221100')).rejects.toMatchObject({
      type: 'Refused',
      message: expect.stringMatching(
        /^INFISICAL_ENCRYPTION_KEY differs from secret encryption_key, which this environment already uses/,
      ),
    });
    // a rendered file that a container sees holds it too
    expect(await isSecretUsed(engine, stack, 'auth_secret')).toBe(false);
    await test.up(stack, ['valkey']);
    expect(await isSecretUsed(engine, stack, 'valkey_password')).toBe(true);
  });

  it('counts as used where no engine can be asked', async () => {
    const nowhere = new Docker({ socketPath: '/nowhere/docker.sock' });
    expect(await isSecretUsed(nowhere, stack, 'auth_secret')).toBe(true);
  });
});
