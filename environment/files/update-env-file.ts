import { readFile, stat } from 'node:fs/promises';
import { Secret } from '../../contracts/core/secret';
import { setInEnvText } from './env-text';
import { isErrno } from './is-errno';
import { writeFileAtomic } from './write-file-atomic';

/**
 * Sets exactly the given keys in an env file: other lines, comments, order and `export` stay as they are. The file
 * is replaced as a whole, with mode 0600, and only where something differs.
 */
export async function updateEnvFile(
  path: string,
  entries: Record<string, Secret | string>,
): Promise<'unchanged' | 'written'> {
  const wanted = new Map(Object.entries(entries).map(([key, value]) => [key, bytes(value)]));
  const { text, mode } = await readExisting(path);
  const next = setInEnvText(text, wanted);
  if (next === text && mode === 0o600) return 'unchanged';
  await writeFileAtomic(path, Buffer.from(next, 'latin1'), { mode: 0o600 });
  return 'written';
}

function bytes(value: Secret | string): string {
  return Buffer.from(value instanceof Secret ? value.reveal() : value).toString('latin1');
}

async function readExisting(path: string): Promise<{ text: string; mode: number | undefined }> {
  try {
    const [text, { mode }] = await Promise.all([readFile(path, 'latin1'), stat(path)]);
    return { text, mode: mode & 0o777 };
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return { text: '', mode: undefined };
    throw error;
  }
}
