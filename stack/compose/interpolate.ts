import type { StackProblem } from './stack';

/** The value of a variable, or undefined where it is not set. */
export type Lookup = (name: string) => string | undefined;

export interface Interpolated {
  text: string;
  /** Variables in order of their first use, nested ones included. */
  variables: string[];
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*/;
const OPERATORS = [':-', ':?', ':+', '-', '?', '+'] as const;

/**
 * Replaces `$VAR`, `${VAR}`, `${VAR:-default}`, `${VAR:?error}`, `${VAR:+other}` and `$$` as Compose does; the parts
 * after an operator may nest. A variable without value and default is blank in an env file, as in Compose, and an error
 * in a stack file.
 */
export function interpolate(
  source: string,
  lookup: Lookup,
  { unset }: { unset: 'blank' | 'refused' } = { unset: 'refused' },
): Interpolated {
  const reader = new Reader(source, lookup, unset);
  const text = reader.until(undefined, true);
  return { text, variables: [...reader.variables] };
}

/** The variables that a text names, whichever of them its result will use; none where the text is malformed. */
export function variablesOf(source: string): string[] {
  const reader = new Reader(source, () => undefined, 'blank');
  try {
    reader.until(undefined, false);
  } catch {
    return [];
  }
  return [...reader.variables];
}

export interface InterpolatedTree {
  value: unknown;
  problems: StackProblem[];
  /** The first variable of each text, by the JSON of its path. */
  variables: Map<string, string>;
}

/** Whether a text at or below a path of the file has variables in it: no message repeats what they give. */
export type IsGiven = (path: StackProblem['path']) => boolean;

export function isGivenBy(variables: InterpolatedTree['variables']): IsGiven {
  const given = [...variables.keys()].map((path) => path.slice(0, -1));
  return (path) => {
    const sought = JSON.stringify(path).slice(0, -1);
    return given.some((at) => at === sought || at.startsWith(`${sought},`));
  };
}

/** Interpolates every text of a document, keys excepted. */
export function interpolateTree(root: unknown, lookup: Lookup): InterpolatedTree {
  const problems: StackProblem[] = [];
  const variables = new Map<string, string>();
  const value = mapTexts(root, (source, path) => {
    try {
      const result = interpolate(source, lookup);
      const [first] = result.variables;
      if (first !== undefined) variables.set(JSON.stringify(path), first);
      return result.text;
    } catch (error) {
      problems.push({ path, reason: (error as Error).message });
      return source;
    }
  });
  return { value, problems, variables };
}

/** The same document with each of its texts replaced, keys excepted. */
export function mapTexts(
  value: unknown,
  replace: (text: string, path: StackProblem['path']) => string,
  path: StackProblem['path'] = [],
): unknown {
  if (typeof value === 'string') return replace(value, path);
  if (Array.isArray(value)) return value.map((item, index) => mapTexts(item, replace, [...path, index]));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTexts(item, replace, [...path, key])]),
  );
}

class Reader {
  readonly variables = new Set<string>();
  private at = 0;

  constructor(
    private readonly source: string,
    private readonly lookup: Lookup,
    private readonly unset: 'blank' | 'refused',
  ) {}

  /** Reads to `end` or the end of the text. What is not `live` is only skipped: its errors are not meant. */
  until(end: '}' | undefined, live: boolean): string {
    let text = '';
    while (this.at < this.source.length && this.source[this.at] !== end) {
      const char = this.source[this.at++]!;
      text += char === '$' ? this.reference(live) : char;
    }
    return text;
  }

  private reference(live: boolean): string {
    if (this.take('$')) return '$';
    if (!this.take('{')) {
      const bare = this.name();
      return bare === undefined ? '$' : this.value(bare, live); // one that begins no name is itself
    }
    const name = this.name();
    if (name === undefined) throw new Error('${ must be followed by a name; a $ that is meant is written $$');
    const operator = OPERATORS.find((candidate) => this.take(candidate));
    const value = this.lookup(name);
    const absent = operator?.startsWith(':') ? (value ?? '') === '' : value === undefined;
    const usesRest = operator !== undefined && operator.endsWith('+') !== absent;
    const begin = this.at;
    const rest = operator === undefined ? '' : this.until('}', live && usesRest);
    const written = this.source.slice(begin, this.at);
    if (!this.take('}')) throw new Error(`\${${name} is not closed by }`);
    if (operator === undefined) return this.value(name, live);
    this.variables.add(name);
    if (!operator.endsWith('?')) return usesRest ? rest : operator.endsWith('+') ? '' : value!;
    if (absent && live) throw new Error(`${name} is not set: ${written || 'a value is required'}`);
    return value ?? '';
  }

  private value(name: string, live: boolean): string {
    this.variables.add(name);
    const value = this.lookup(name);
    if (value === undefined && live && this.unset === 'refused')
      throw new Error(`${name} is not set and has no default`);
    return value ?? '';
  }

  private name(): string | undefined {
    const [name] = NAME.exec(this.source.slice(this.at)) ?? [];
    this.at += name?.length ?? 0;
    return name;
  }

  private take(text: string): boolean {
    if (!this.source.startsWith(text, this.at)) return false;
    this.at += text.length;
    return true;
  }
}
