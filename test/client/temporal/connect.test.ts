import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codecKeysFor, findRunningTemporal } from '../../../client/temporal/connect';
import { Secret } from '../../../contracts/core/secret';
import { temporaryFolder } from '../../environment/files/temporary-folder';

describe('the settings for a Temporal server', () => {
  const settings = (variables: Record<string, string>) => ({
    ...{ stateRoot: '/nowhere', codecKeyFile: undefined, codecRequired: false },
    variables: new Map(Object.entries(variables).map(([name, value]) => [name, new Secret(value)])),
  });

  it.each([
    ['over a network', 'temporal.example:7233', false],
    ['on this machine', 'localhost:7233', true],
    ['on this machine, by its address', '127.0.0.1:7233', true],
    ['where the name only begins like this one', 'localhost.example:7233', false],
  ])('send no API key without TLS %s: %s', async (_, TEMPORAL_ADDRESS, isFine) => {
    const off = { TEMPORAL_ADDRESS, TEMPORAL_API_KEY: 'key', TEMPORAL_TLS: 'false' };
    const found = findRunningTemporal(settings(off));
    if (isFine) expect((await found)?.kind).toBe('configured');
    else
      await expect(found).rejects.toMatchObject({
        type: 'BadInput',
        message: expect.stringContaining('in clear'),
      });
    expect((await findRunningTemporal(settings({ TEMPORAL_ADDRESS, TEMPORAL_API_KEY: 'key' })))?.kind).toBe(
      'configured',
    );
  });

  it('quote nothing of a profile that cannot be read as one', async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, 'temporal.toml');
    await writeFile(file, 'api_key = "canary\n');
    const found = findRunningTemporal(settings({ TEMPORAL_CONFIG_FILE: file }));
    await expect(found).rejects.toMatchObject({
      type: 'BadInput',
      message: expect.not.stringContaining('canary'),
    });
  });
});

describe('the keys that seal secrets in histories', () => {
  it('are missed at the start where they are required', async () => {
    await using folder = await temporaryFolder();
    const settings = { stateRoot: folder.path, codecKeyFile: undefined, variables: new Map() };
    expect(await codecKeysFor({ ...settings, codecRequired: false }, 'configured')).toBeUndefined();
    await expect(codecKeysFor({ ...settings, codecRequired: true }, 'configured')).rejects.toMatchObject({
      type: 'MissingPrerequisite',
      message: expect.stringContaining('nothing was started. Set ONEX_CODEC_KEY_FILE'),
    });
    await mkdir(join(folder.path, 'temporal'), { mode: 0o700 });
    const file = join(folder.path, 'keys');
    await writeFile(file, `k1 ${Buffer.alloc(32).toString('base64')}\n`, { mode: 0o600 });
    for (const given of [{ ...settings, codecKeyFile: file }, settings] as const) {
      const kind = given.codecKeyFile === undefined ? 'embedded' : 'configured';
      expect(await codecKeysFor({ ...given, codecRequired: true }, kind)).toBeDefined();
    }
  });
});
