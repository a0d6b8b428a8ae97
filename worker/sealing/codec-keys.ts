import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { badInput } from '../../contracts/core/failures';
import { createFileOnce } from '../../environment/files/atomic';
import { readInputFile } from '../../environment/files/input-file';

const KEY_BYTES = 32; // AES-256
const KEY_LINE = /^([A-Za-z0-9][A-Za-z0-9._-]{0,63})\s+([A-Za-z0-9+/]{43}=)$/;
const FORMAT = 'ID BASE64-OF-32-BYTES, for example: echo "k1 $(openssl rand -base64 32)"';
const OF_OTHERS = 0o077;

/**
 * The keys that seal Secrets in histories, by id. They are private to the class: no string, JSON or inspect shows them.
 * Those of a file are read again when it was changed: a new key needs no restart.
 */
export class CodecKeys {
  #keys: Map<string, Buffer>;
  #seen: string;

  /** `keys` in the order of the file: the first seals, all open. At least one, 32 bytes each. */
  constructor(
    keys: Iterable<[string, Buffer]>,
    private readonly path?: string,
  ) {
    this.#keys = new Map(keys);
    this.#seen = this.#look();
  }

  /** The id and the key that seal. */
  get current(): { kid: string; key: Buffer } {
    this.#follow();
    const [first] = this.#keys;
    if (first === undefined) throw badInput('A codec needs at least one key.');
    return { kid: first[0], key: first[1] };
  }

  /** The key of this id; undefined where the ring does not hold it. */
  find(kid: string): Buffer | undefined {
    if (!this.#keys.has(kid)) this.#follow();
    return this.#keys.get(kid);
  }

  /** One that is gone or cannot be used changes nothing: what is known goes on. */
  #follow(): void {
    const seen = this.#look();
    if (this.path === undefined || seen === this.#seen) return;
    this.#seen = seen;
    try {
      this.#keys = parseCodecKeys(this.path, readFileSync(this.path, 'utf8'));
    } catch {
      return;
    }
  }

  #look(): string {
    try {
      const { ino, mtimeMs } = statSync(this.path ?? '');
      return `${ino} ${mtimeMs}`;
    } catch {
      return '';
    }
  }
}

/**
 * The ring in a file of lines `ID BASE64-OF-32-BYTES`; blank lines and lines that start with # are skipped. BadInput
 * names the file and the line that cannot be used, and a file that others can read.
 */
export async function readCodecKeys(path: string): Promise<CodecKeys> {
  const text = (await readInputFile(path, 'codec key file (ONEX_CODEC_KEY_FILE)')).toString();
  if (((await stat(path)).mode & OF_OTHERS) !== 0)
    throw badInput(`Others can read the codec keys in ${path}: run chmod 600 ${path}, and change the keys.`);
  return new CodecKeys(parseCodecKeys(path, text), path);
}

function parseCodecKeys(path: string, text: string): Map<string, Buffer> {
  const keys = new Map<string, Buffer>();
  for (const [index, line] of text.split('\n').entries()) {
    const entry = line.trim();
    if (entry === '' || entry.startsWith('#')) continue;
    // The line may hold a key: it is named, never quoted.
    const unusable = (reason: string) => badInput(`${path}:${index + 1}: ${reason}. A line is ${FORMAT}.`);
    const [, kid, encoded] = KEY_LINE.exec(entry) ?? [];
    if (kid === undefined || encoded === undefined) throw unusable('this is not a codec key');
    if (keys.has(kid)) throw unusable(`the id ${kid} is used twice; every key needs its own`);
    keys.set(kid, Buffer.from(encoded, 'base64'));
  }
  if (keys.size === 0) throw badInput(`${path} holds no codec key. A line is ${FORMAT}.`);
  return keys;
}

/** The ring at `path`, made with one random key where there is no such file. */
export async function ensureCodecKeys(path: string): Promise<CodecKeys> {
  const id = `k${new Date().toISOString().slice(0, 10).replaceAll('-', '')}`;
  if (!existsSync(path)) await createFileOnce(path, `${id} ${randomBytes(KEY_BYTES).toString('base64')}\n`);
  return readCodecKeys(path);
}
