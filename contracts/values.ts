import { parse } from 'dotenv';
import { Secret } from './core/secret';
import { decodeUtf8, foreignEncoding, type Problem } from './core/text-file';

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
  const encoding = foreignEncoding(bytes);
  if (encoding !== undefined)
    return { values: new Map(), problems: [{ message: `${encoding}: save it as UTF-8` }] };
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
  // under its own name `__proto__` would be lost
  const { KEY: value = '' } = parse(source.replace(/^(\s*(?:export\s+)?)[\w.-]+/, '$1KEY'));
  const report = (message: string) => result.problems.push({ message: `${key}: ${message}`, line });
  if (bad.length > 0) {
    report(
      `not UTF-8 (line ${bad.join(', ')}), perhaps Latin-1 or Windows-1252: save the file as UTF-8; the value is left out`,
    );
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
  const cut = cutOff(source, key, raw, value);
  if (cut !== undefined) report(cut);
  const secret = new Secret(value);
  if (earlier === undefined || !secret.isBlank) result.values.set(key, secret);
}

/** Why a value that is read by the rules is hardly what its author meant, and how to write that. */
function cutOff(source: string, key: string, raw: string, value: string): string | undefined {
  const text = source.slice(source.search(/[=:]/) + 1);
  const rest = text.slice(text.indexOf(raw) + raw.length);
  const quote = ["'", '`', '"'].find((mark) => !source.includes(mark)) ?? 'QUOTE';
  const remedy = `to keep all of it, write ${key}=${quote}…${quote}`;
  // a comment stands behind a blank; a "#" behind anything else was hardly meant as one
  if (rest.startsWith('#') && !/\s$/.test(raw)) return `the value ends before the "#"; ${remedy}`;
  const count = (brackets: RegExp) => value.match(brackets)?.length ?? 0;
  if (/^[{[]/.test(raw.trim()) && count(/[{[]/g) !== count(/[}\]]/g))
    return `looks like JSON that was cut off: without quotes, a value ends with its line or before a "#"; ${remedy}`;
  return undefined;
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
