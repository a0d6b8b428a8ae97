import { interpolate, variablesOf, type Lookup } from './interpolate';

/** Compose's blanks within a line, and its names. */
const SPACE = '[\\t\\v\\f\\r \\u0085\\u00a0]';
const NAME = new RegExp(
  `(?:export${SPACE}+)?([\\p{L}\\p{N}_.\\-[\\]]+)${SPACE}*(?:([=:])${SPACE}*|(?=\\n|$))`,
  'yu',
);
const BETWEEN = /(?:\s|#[^\n]*)*/y;
const QUOTED = /'((?:\\[^]|[^'\\])*)'|"((?:\\[^]|[^"\\])*)"/y;
const PLAIN = /[^\n]*/y;

/**
 * Reads an env file as Compose does: `abc#def` is a whole value, ' #' begins a comment, single quotes hold a text as it
 * stands, everything else is interpolated by `lookup` and then by the lines before. A name alone takes the value that
 * `lookup` has. Throws with the line, never with what stands there: it may be a secret.
 */
export function readDotenv(source: string, lookup: Lookup): Map<string, string> {
  const values = new Map<string, string>();
  for (const { name, value, line } of statements(source)) {
    if (value === undefined) {
      const inherited = lookup(name);
      if (inherited !== undefined) values.set(name, inherited);
      continue;
    }
    try {
      const known = (key: string) => lookup(key) ?? values.get(key);
      const { text } = value.literal ? value : interpolate(value.text, known, { unset: 'blank' });
      values.set(name, text);
    } catch (error) {
      throw new Error(`line ${line}: ${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return values;
}

/** Names that a file sets or asks for; none where it cannot be read. */
export function namesOfDotenv(source: string): string[] {
  try {
    return statements(source).flatMap(({ name, value }) => [name, ...variablesOf(value?.text ?? '')]);
  } catch {
    return [];
  }
}

/** The same for `format: raw`: lines of NAME=value as they stand. */
export function readRawEnv(source: string, lookup: Lookup): Map<string, string> {
  const lines = source.split(/\r?\n/).filter((line) => !/^\s*(#|$)/.test(line));
  return new Map(
    lines.flatMap((line) => {
      const at = line.indexOf('=');
      const value = at < 0 ? lookup(line) : line.slice(at + 1);
      return value === undefined ? [] : [[at < 0 ? line : line.slice(0, at), value] as const];
    }),
  );
}

interface Statement {
  name: string;
  line: number;
  /** Undefined for a name alone. */
  value: { text: string; literal: boolean } | undefined;
}

function statements(source: string): Statement[] {
  const text = source.replace(/^\uFEFF/, '');
  const found: Statement[] = [];
  let at = 0;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  const lineHere = () => text.slice(0, at).split('\n').length;
  for (take(BETWEEN); at < text.length; take(BETWEEN)) {
    const line = lineHere();
    const [, name, sign] = take(NAME) ?? [];
    if (name === undefined) throw new Error(`line ${line}: neither NAME=value nor a comment`);
    found.push({ name, line, value: sign === undefined ? undefined : valueHere(line) });
  }
  return found;

  function valueHere(line: number): Statement['value'] {
    if (text[at] === "'" || text[at] === '"') {
      const [, single, double] = take(QUOTED) ?? [];
      if (single !== undefined) return { text: single.replaceAll("\\'", "'"), literal: true };
      if (double !== undefined) return { text: unescaped(double), literal: false };
      throw new Error(`line ${line}: a quote opens and does not close`);
    }
    const [value] = take(PLAIN)!;
    return { text: value.split(' #', 1)[0]!.trimEnd(), literal: false };
  }
}

const ESCAPES: Record<string, string> = {
  ...{ a: '\x07', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' },
  ...{ '\\': '\\', '"': '"', $: '$$' }, // $$ is a dollar sign to what interpolates
};

const unescaped = (text: string) =>
  text.replaceAll(/\\([abfnrtv$"\\]|0[0-7]{3})/g, (_, char: string) =>
    char.length > 1 ? String.fromCharCode(parseInt(char, 8)) : ESCAPES[char]!,
  );
