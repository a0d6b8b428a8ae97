import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { wordsOf, type ForeignWords } from '../contracts/core/foreign-words';
import { knowSecrets, scrub } from '../contracts/core/secret-scope';
import { writeFileAtomic } from './files/atomic';
import { withLock } from './files/locks';
import { ownFolder } from './files/own-folder';
import { byAge } from './files/system';
import { secretValues } from '../stack/compose/secret-values';

const MOST_FILES = 20;
const MOST_OF_A_FILE = 64 * 1024;
const MOST_AT_ONCE = 16 * 1024;

const FOLDER = 'trouble';

/**
 * Keeps what others said to an error in a folder of the state directory (of an environment, or of the installation), a
 * file for each of them with the newest last, and has the error's message name the files. Never throws: where nothing can
 * be kept, the message says so.
 */
export async function keepWords<E>(stateDir: string, error: E): Promise<E> {
  const words = wordsOf(error);
  if (words.length === 0 || !(error instanceof Error)) return error;
  const folder = join(stateDir, FOLDER);
  // what an earlier step sent may come back in the answer to this one
  knowSecrets(await storedSecrets(stateDir));
  const about = scrub(error.message);
  const kept = new Map<string, string>(); // by speaker
  for (const said of words) kept.set(said.of, await keep(folder, said, about).catch(() => ''));
  const speakers = [...kept].map(
    ([of, path]) => `What ${of} said ${path === '' ? 'could not be kept' : `is in ${path}`}`,
  );
  const told = speakers.filter((line) => !error.message.includes(line));
  if (told.length > 0) error.message = `${error.message}${gap(error.message)}${told.join('; ')}`;
  return error;
}

const gap = (message: string) => (message.includes('\n') ? '\n' : /[.!?]$/.test(message) ? ' ' : '. ');

async function keep(folder: string, { of, text }: ForeignWords, about: string): Promise<string> {
  await ownFolder(folder);
  const path = join(folder, `${fileNameOf(of)}.txt`);
  // hidden in the whole text first: a cut may leave half of a secret
  const entry = `--- ${new Date().toISOString()}  ${about}\n${lastOf(scrub(text), MOST_AT_ONCE)}\n`;
  await withLock(join(folder, 'words.lock'), async () => {
    const before = await readFile(path, 'utf8').catch(() => '');
    await writeFileAtomic(path, lastOf(before, MOST_OF_A_FILE - entry.length) + entry);
    const files = await byAge(folder, (name) => name.endsWith('.txt'));
    for (const name of files.slice(0, -MOST_FILES)) await rm(join(folder, name), { force: true });
  });
  return path;
}

const fileNameOf = (speaker: string) =>
  speaker
    .replace(/^the /, '')
    .replace(/[^A-Za-z0-9._-]+/g, '-')
    .replace(/^\.+/, '')
    .slice(0, 60)
    .toLowerCase();

const lastOf = (text: string, length: number) => text.slice(-Math.max(length, 1));

/** The secrets in an environment's state directory: credentials, passwords of the stack, variables that it was declared with. */
async function storedSecrets(stateDir: string): Promise<string[]> {
  const named = (await filesOf(stateDir)).filter(
    (path) => path.endsWith('.json') && !path.endsWith('declaration.json'),
  );
  const kept = await filesOf(join(stateDir, 'secrets'));
  const texts = await Promise.all([...named, ...kept].map((path) => readFile(path, 'utf8').catch(() => '')));
  return texts.flatMap((text) => {
    const fields = fieldsOf(text);
    return fields === undefined ? [text.trim()] : secretValues(fields);
  });
}

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isFile()).map(({ name }) => join(folder, name));
}

/** Texts of a JSON file by the names of their fields; undefined for another file. */
function fieldsOf(text: string): [string, string][] | undefined {
  const fields: [string, string][] = [];
  const collect = (name: string, value: unknown) => {
    if (typeof value === 'string') fields.push([name, value]);
    return value;
  };
  try {
    JSON.parse(text, collect);
  } catch {
    return undefined;
  }
  return fields;
}
