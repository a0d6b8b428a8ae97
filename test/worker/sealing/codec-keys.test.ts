import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { ensureCodecKeys, readCodecKeys } from '../../../worker/sealing/codec-keys';

const base64 = (byte: number, length = 32) => Buffer.alloc(length, byte).toString('base64');

describe('codec keys', () => {
  let dir: string;
  let path: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'onex-keys-'));
    path = join(dir, 'keys');
  });
  afterEach(() => rm(dir, { recursive: true }));
  const write = (text: string, mode = 0o600) => writeFile(path, text, { mode });

  it('are a file of which the first line seals and all lines open', async () => {
    await write(`# of this year\n\nk2 ${base64(2)}\nk1\t${base64(1)}\r\n`);
    const keys = await readCodecKeys(path);
    expect(keys.current).toEqual({ kid: 'k2', key: Buffer.alloc(32, 2) });
    expect(keys.find('k1')).toEqual(Buffer.alloc(32, 1));
    expect(keys.find('k0')).toBeUndefined();
  });

  it.each([
    ['a key without an id', `\n${base64(1)}`, 'keys:2: this is not a codec key'],
    ['a key that is too short', `k1 ${base64(1, 16)}`, 'keys:1: this is not a codec key'],
    ['an id that stands twice', `k1 ${base64(1)}\nk1 ${base64(2)}`, 'keys:2: the id k1 is used twice'],
    ['nothing but comments', '# none', 'holds no codec key'],
  ])('are refused with %s, by file and line, and are not quoted', async (_, text, message) => {
    await write(text);
    const error = (await readCodecKeys(path).catch((failure: Error) => failure)) as Error;
    expect(error).toMatchObject({ type: 'BadInput', message: expect.stringContaining(message) });
    expect(error.message).not.toContain('AQEB');
  });

  it.each([0o640, 0o604, 0o620])('are refused where others can read or write them (%d)', async (mode) => {
    await write(`k1 ${base64(1)}`);
    await chmod(path, mode);
    await expect(readCodecKeys(path)).rejects.toMatchObject({
      type: 'BadInput',
      message: expect.stringContaining(`chmod 600 ${path}`),
    });
  });

  it('that are not there are named', async () => {
    await expect(readCodecKeys(path)).rejects.toMatchObject({
      type: 'BadInput',
      message: expect.stringContaining(`(ONEX_CODEC_KEY_FILE) ${path} cannot be read: there is no such file`),
    });
    await expect(readCodecKeys(dir)).rejects.toMatchObject({ type: 'BadInput' });
  });

  it('are made once, for their owner only', async () => {
    const first = await ensureCodecKeys(path);
    const again = await ensureCodecKeys(path);
    expect(again.current).toEqual(first.current);
    expect(first.current.key).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readFile(path, 'utf8')).toMatch(/^k\d{8} \S{44}\n$/);
  });

  it('show themselves nowhere', async () => {
    await write(`k1 ${base64(1)}`);
    const keys = await readCodecKeys(path);
    const seen = `${JSON.stringify({ keys })} ${inspect({ keys }, { showHidden: true })}`;
    expect(seen).not.toMatch(/AQEB|01 01|k1/);
  });
});
