import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codecKeysFor } from '../../../client/temporal/connect';
import { temporaryFolder } from '../../environment/files/temporary-folder';

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
