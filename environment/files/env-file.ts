import { stat } from 'node:fs/promises';
import { badInput } from '../../contracts/core/failures';
import { Secret } from '../../contracts/core/secret';
import { writeFileAtomic } from './atomic';
import { ifThere, readKept } from './system';

// dotenv's own grammar, with positions: `export`, quotes, values over several lines, comments behind values
const ASSIGNMENT =
  /^\s*(?:export\s+)?([\w.-]+)(?:\s*=[^\S\r\n]*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?(?:$|$)/dgm;
const BYTE_ORDER_MARK = '\u00ef\u00bb\u00bf';
// Read alike by dotenv, a shell's `source`, systemd's EnvironmentFile and `docker --env-file`, which takes quotes as they are.
const PLAIN = /^[\w./:@%+,=[\]-]*$/;

/**
 * Sets exactly the given keys in an env file: other lines, comments, order and `export` stay as they are. The file
 * is replaced as a whole, with mode 0600, and only where something differs. BadInput names a key whose value not all
 * readers of such files would read alike.
 */
export async function updateEnvFile(
  path: string,
  entries: Record<string, Secret | string>,
): Promise<'unchanged' | 'written'> {
  const wanted = new Map(Object.entries(entries).map(([key, value]) => [key, bytes(value)]));
  const text = (await readKept(path))?.toString('latin1') ?? '';
  const mode = (await ifThere(stat(path)))?.mode;
  const next = setInEnvText(text, wanted);
  if (next === text && mode !== undefined && (mode & 0o777) === 0o600) return 'unchanged';
  await writeFileAtomic(path, Buffer.from(next, 'latin1'), { mode: 0o600 });
  return 'written';
}

function bytes(value: Secret | string): string {
  return Buffer.from(value instanceof Secret ? value.reveal() : value).toString('latin1');
}

/**
 * Sets `entries` in the text of an env file and leaves every other byte as it is; keys that are not there are
 * appended. Text and values are bytes as latin1, so that bytes which are not UTF-8 survive.
 */
export function setInEnvText(text: string, entries: ReadonlyMap<string, string>): string {
  const scanned = text.replace(BYTE_ORDER_MARK, '   ');
  const missing = new Map(entries);
  let result = '';
  let copied = 0;
  for (const { 1: key, indices } of scanned.matchAll(ASSIGNMENT)) {
    const value = key === undefined ? undefined : entries.get(key);
    if (key === undefined || value === undefined) continue;
    missing.delete(key);
    const [start, end] = indices?.[2] ?? afterSign(scanned, indices?.[1]?.[1] ?? 0);
    const old = text.slice(start, end);
    if (unquoted(old) === value) continue;
    const [before, behind] = old.trim() === '' ? [old, ''] : [/^\s*/.exec(old)?.[0], /\s*$/.exec(old)?.[0]];
    result += `${text.slice(copied, start)}${before ?? ''}${asWritten(key, value)}${behind ?? ''}`;
    copied = end;
  }
  result += text.slice(copied);
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  if (missing.size > 0 && result !== '' && !result.endsWith('\n')) result += lineEnd;
  for (const [key, value] of missing) result += `${key}=${asWritten(key, value)}${lineEnd}`;
  return result;
}

function afterSign(text: string, keyEnd: number): [number, number] {
  const sign = keyEnd + (/^\s*[=:]/.exec(text.slice(keyEnd))?.[0].length ?? 0);
  return [sign, sign];
}

function unquoted(old: string): string {
  const trimmed = old.trim();
  const value = trimmed.replace(/^(['"`])([\s\S]*)\1$/, '$2');
  return trimmed.startsWith('"') ? value.replaceAll('\\n', '\n').replaceAll('\\r', '\r') : value;
}

function asWritten(key: string, value: string): string {
  if (PLAIN.test(value)) return value;
  throw badInput(
    `${key} cannot be written to an env file: it holds other characters than letters, digits and _ . / : @ % + , = [ ] -, which dotenv, shells, systemd and Docker read differently.`,
  );
}
