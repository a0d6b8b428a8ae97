import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codecKeyFile, rotateCodecKey } from '../../../environment/files/codec-key-file';
import { ensureCodecKeys } from '../../../worker/sealing/codec-keys';

describe('rotating the codec key', () => {
  let root: string;
  beforeEach(async () => (root = await mkdtemp(join(tmpdir(), 'onex-codec-'))));
  afterEach(() => rm(root, { recursive: true }));

  it('seals with the new one, opens with all, and whoever runs already follows', async () => {
    const running = await ensureCodecKeys(codecKeyFile(root));
    const { kid: old } = running.current;
    const { prepare, change, retire } = rotateCodecKey(root, root, undefined);
    await prepare();
    expect(running.current.kid).toBe(old);
    await change();
    const { kid } = running.current;
    expect(kid).not.toBe(old);
    expect([running.find(old), running.find(kid)].map((key) => key?.length)).toEqual([32, 32]);
    await expect(retire()).resolves.toEqual([expect.stringMatching(/^1 older codec keys stay/)]);
    expect((await stat(codecKeyFile(root))).mode & 0o777).toBe(0o600);
  });

  it('makes nothing twice, whichever step is repeated', async () => {
    await ensureCodecKeys(codecKeyFile(root));
    const { prepare, change } = rotateCodecKey(root, root, undefined);
    for (const step of [prepare, prepare, change, prepare, change]) await step();
    const [first, ...others] = (await readLines(codecKeyFile(root))).map((line) => line.split(' ')[0]);
    expect(others).toHaveLength(1);
    expect((await ensureCodecKeys(codecKeyFile(root))).current.kid).toBe(first);
  });

  it('leaves a file that an operator names to all hosts alone', async () => {
    await expect(rotateCodecKey(root, root, '/etc/onex/codec-keys').prepare()).rejects.toMatchObject({
      type: 'Refused',
    });
  });
});

const readLines = async (path: string) => (await readFile(path, 'utf8')).trimEnd().split('\n');
