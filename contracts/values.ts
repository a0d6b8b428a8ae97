import { parse } from 'dotenv';
import { Secret } from './core/secret';
import { decodeUtf8, type Problem } from './core/text-file';

interface EnvValues {
  values: Map<string, Secret>;
  /** Never with a value in it; a line that is not understood could be one, so it is named by number only. */
  problems: Problem[];
}

/** An env file larger than this (in bytes) is not read. */
const MAX_ENV_BYTES = 8 * 1024 * 1024;

// dotenv's own expression, which finds its statements; what stands between them is what dotenv skips in silence.
const statement =
  /^\s*(?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?)(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/gm;

/**
 * Reads an env file's bytes by dotenv's rules: the last of two values wins (a blank one is none), nothing is
 * interpolated. A byte order mark and CRLF are tolerated. A value whose bytes are not UTF-8 is left out and reported. Never throws.
 */
export function parseEnvValues(bytes: Uint8Array): EnvValues {
  if (bytes.length > MAX_ENV_BYTES)
    return { values: new Map(), problems: [{ message: 'larger than 8 MiB' }] };
  const decoded = decodeUtf8(bytes);
  const text = decoded.text.replace(/\r\n?/g, '\n');
  const lineAt = lineCounter(text);
  const badLines = new Set(decoded.badLines);
  const result: EnvValues = { values: new Map(), problems: [] };

  let end = 0;
  for (const match of text.matchAll(statement)) {
    skipped(text.slice(end, match.index), lineAt(end), badLines, result);
    end = match.index + match[0].length;
    const first = lineAt(match.index + match[0].search(/\S/));
    take(match, first, badLinesIn(badLines, first, lineAt(end)), result);
  }
  skipped(text.slice(end), lineAt(end), badLines, result);
  return result;
}

function take([source, key = '', raw = '']: RegExpExecArray, line: number, bad: number[], result: EnvValues) {
  const parsed = parse(source);
  const value = Object.hasOwn(parsed, key) ? parsed[key] : undefined;
  const report = (message: string) => result.problems.push({ message: `${key}: ${message}`, line });
  if (bad.length > 0 || value === undefined) {
    report(bad.length > 0 ? `not UTF-8 (line ${bad.join(', ')}); the value is left out` : 'cannot be a key');
    result.values.delete(key);
    return;
  }
  const earlier = result.values.get(key);
  if (earlier !== undefined) report('given twice; the last value that is not blank counts');
  if (value.includes('\0')) report('holds a NUL character');
  if (/^(['"`])(?![^]*\1$)|^['"`]$/.test(raw.trim()))
    report('a quote opens and does not close; it stays in the value');
  if (/\n(?:export\s+)?[A-Z_][A-Z0-9_]*=/.test(value))
    report('spans lines that look like other keys: is a quote left open?');
  const secret = new Secret(value);
  if (earlier === undefined || !secret.isBlank) result.values.set(key, secret);
}

function skipped(text: string, from: number, badLines: Set<number>, { problems }: EnvValues): void {
  text.split('\n').forEach((content, index) => {
    const line = from + index;
    if (/^\s*(?:#|$)/.test(content)) return;
    const what = badLines.has(line) ? 'not UTF-8' : 'neither KEY=value nor a comment';
    problems.push({ message: `${what}; the line is left out`, line });
  });
}

function badLinesIn(badLines: Set<number>, first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, at) => first + at).filter((line) => badLines.has(line));
}

/** Line of an offset; offsets must not go back. */
function lineCounter(text: string): (offset: number) => number {
  let line = 1;
  let counted = 0;
  return (offset) => {
    for (; counted < offset; counted += 1) if (text[counted] === '\n') line += 1;
    return line;
  };
}
