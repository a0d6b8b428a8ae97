import { isScalar, Lexer, LineCounter, parseDocument, visit, type Document } from 'yaml';
import type { Problem } from '../core/text-file';
import { pythonTags } from './python-values';
import { yamlReason } from './yaml-error';

/** Contracts, registries and overlays larger than this (in bytes) are not read. */
export const MAX_YAML_BYTES = 1024 * 1024;

/** Nesting is refused before parsing, since the parser recurses. PyYAML gives up near 400. */
const MAX_DEPTH = 200;

/** Uses of an anchor times aliases inside it. Far above real files, far below "billion laughs". */
const MAX_ALIASES = 10_000;

/** The parser takes a second for so many tokens, and for each alias it looks through all of them. */
const MOST_TOKENS = 200_000;
const MOST_LOOKS = 100_000_000;
/** More than the lexer makes of a character; most files need not be counted. */
const TOKENS_A_CHARACTER = 4;

/** A file of nothing but quotes has a fault per character; the first ones say enough. */
const MAX_PROBLEMS = 20;

/** A YAML text as data (mappings are Map), or why it cannot be read. */
export interface YamlText {
  ok: boolean;
  /** Undefined for an empty text and when `ok` is false. */
  root: unknown;
  problems: Problem[];
  /** Line of the value at a path of keys and list positions. */
  lineOf(path: readonly (string | number)[]): number | undefined;
}

/** Reads one YAML 1.1 document as PyYAML's safe_load does; a key given twice keeps its last value and is reported. Never throws. */
export function readYaml(text: string): YamlText {
  const refused = refuse(text);
  if (refused !== undefined) return broken([refused]);
  try {
    return parse(text);
  } catch (error) {
    return broken([{ message: yamlReason(error) }]);
  }
}

function parse(text: string): YamlText {
  const lines = new LineCounter();
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const document = parseDocument(text, {
    version: '1.1',
    customTags: pythonTags,
    uniqueKeys: false,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: lines,
  });
  // An unknown tag is only a warning here, but safe_load refuses it.
  const faults = [...document.errors, ...document.warnings];
  if (faults.length > 0) {
    const first = faults.slice(0, MAX_PROBLEMS);
    return broken(first.map((fault) => ({ message: yamlReason(fault), line: lineAt(fault.pos[0]) })));
  }
  let root: unknown;
  try {
    root = document.toJS({ mapAsMap: true, maxAliasCount: MAX_ALIASES }) ?? undefined;
  } catch (error) {
    const offset = aliasOffset(document, (error as Error).message);
    return broken([{ message: yamlReason(error), line: offset === undefined ? undefined : lineAt(offset) }]);
  }
  const problems = duplicateKeys(document, lineAt).slice(0, MAX_PROBLEMS);
  return { ok: true, root, problems, lineOf: (path) => lineOf(document, path, lineAt) };
}

/** The keys that stand more than once in one mapping of the document, once for each repetition. */
function duplicateKeys(document: Document, lineAt: (offset: number) => number): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Map(_, map) {
      const seen = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key) || typeof key.value === 'symbol') continue;
        if (seen.has(key.value)) {
          const message = `Key '${String(key.value)}' is given twice: the last one counts`;
          problems.push({ message, line: lineAt(key.range?.[0] ?? 0) });
        }
        seen.add(key.value);
      }
    },
  });
  return problems;
}

/** Where the alias stands that an "Unresolved alias …: name" speaks of. */
function aliasOffset(document: Document, message: string): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Alias(_, alias) {
      if (!message.endsWith(`: ${alias.source}`)) return undefined;
      offset = alias.range?.[0];
      return visit.BREAK;
    },
  });
  return offset;
}

function lineOf(document: Document, path: readonly (string | number)[], lineAt: (offset: number) => number) {
  const node = document.getIn(path, true) as { range?: [number, number, number] | null } | undefined;
  return node?.range ? lineAt(node.range[0]) : undefined;
}

const unprintable = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ud800-\udfff\ue000-\ufffd]/;

function refuse(text: string): Problem | undefined {
  const much = tooMuch(text);
  if (much !== undefined) return much;
  const special = text.search(unprintable);
  if (special >= 0) {
    return { message: 'control characters are not allowed', line: text.slice(0, special).split('\n').length };
  }
  return deepFlow(text);
}

/** Why a text is more work than any real file: told before it is parsed, since a parser cannot be interrupted. */
export function tooMuch(text: string): Problem | undefined {
  if (Buffer.byteLength(text) > MAX_YAML_BYTES) return { message: 'larger than 1 MiB, which is the limit' };
  const atMost = (text.length + 1) * TOKENS_A_CHARACTER;
  if (atMost <= MOST_TOKENS && text.split('*').length <= MOST_LOOKS / atMost) return undefined;
  let [tokens, aliases, line] = [0, 0, 1];
  for (const token of new Lexer().lex(text)) {
    if (token.startsWith('*')) aliases += 1;
    if (token === '\n') line += 1;
    if ((tokens += 1) > MOST_TOKENS) return { message: `more than ${MOST_TOKENS} YAML tokens`, line };
  }
  const most = Math.floor(MOST_LOOKS / tokens);
  return aliases > most
    ? { message: `${aliases} aliases (*name), and ${most} is the limit for its size` }
    : undefined;
}

function deepFlow(text: string): Problem | undefined {
  let line = 1;
  let depth = 0;
  for (const character of text) {
    if (character === '\n') line += 1;
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth = Math.max(0, depth - 1);
    if (depth > MAX_DEPTH) return { message: `nested deeper than ${MAX_DEPTH} levels`, line };
  }
  return undefined;
}

function broken(problems: Problem[]): YamlText {
  return { ok: false, root: undefined, problems, lineOf: () => undefined };
}

/** The value as a mapping, or undefined when it is something else. */
export function mapping(value: unknown): ReadonlyMap<unknown, unknown> | undefined {
  return value instanceof Map ? (value as ReadonlyMap<unknown, unknown>) : undefined;
}
