import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { refused } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { writeFileAtomic } from './atomic';
import { keepRotation, noteSwitched, readRotation } from './rotations';
import { readKept } from './system';

const NAME = 'codec-key';
const OF = 'ring';

/** The ring of keys of the embedded Temporal server: the first line seals, all open. */
export const codecKeyFile = (stateRoot: string) => join(stateRoot, 'temporal', 'codec-keys');

/**
 * A new key in the ring: first behind the others, so that everything here can open what it seals, then before them. The
 * others stay: histories hold what they sealed. `named` is the file of an operator, who gives it to all hosts.
 */
export function rotateCodecKey(stateRoot: string, stateDir: string, named: string | undefined) {
  const path = codecKeyFile(stateRoot);
  const others = async (id: string) => {
    const text = (await readKept(path))?.toString('utf8');
    if (text === undefined)
      throw refused(
        `There is no codec key in ${path} yet: the embedded Temporal server makes it when it starts.`,
      );
    return text
      .trimEnd()
      .split('\n')
      .filter((line) => line.split(/\s/)[0] !== id);
  };
  const write = (lines: readonly string[]) => writeFileAtomic(path, `${lines.join('\n')}\n`);
  const pending = async () => {
    const { id, secret } = (await readRotation(stateDir, NAME)).fresh[OF] ?? {};
    if (id === undefined || secret === undefined) throw refused('No new codec key was prepared.');
    return { id, line: `${id} ${secret.reveal()}` };
  };
  return {
    prepare: async (): Promise<string[]> => {
      if (named !== undefined)
        throw refused(
          `The codec keys are in ${named} (ONEX_CODEC_KEY_FILE), which every host of the namespace needs: change them there as docs/codec.md says.`,
        );
      const { fresh, switchedAt } = await readRotation(stateDir, NAME);
      if (fresh[OF] === undefined) {
        const id = `k${new Date().toISOString().slice(0, 19).replace(/\D/g, '')}`;
        const secret = new Secret(randomBytes(32).toString('base64'));
        await keepRotation(stateDir, NAME, { fresh: { [OF]: { secret, id } } });
      }
      const { id, line } = await pending();
      if (switchedAt === undefined) await write([...(await others(id)), line]);
      return [];
    },

    change: async () => {
      const { id, line } = await pending();
      await write([line, ...(await others(id))]);
      return { changes: [`the codec key ${id} seals from now on`], at: await noteSwitched(stateDir, NAME) };
    },

    retire: async (): Promise<string[]> => {
      const { id } = await pending();
      const left = (await others(id)).filter((line) => line.trim() !== '' && !line.startsWith('#')).length;
      return [`${left} older codec keys stay, to open what they sealed (docs/codec.md)`];
    },
  };
}
