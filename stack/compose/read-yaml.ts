import { LRUCache } from 'lru-cache';
import { isNode, isScalar, LineCounter, parseDocument, visit, type Document } from 'yaml';
import { badInput } from '../../contracts/core/failures';
import { tooMuch } from '../../contracts/node-contract/yaml';
import { yamlReason } from '../../contracts/node-contract/yaml-error';

// Every step of a run reads the stack file, which is as it was: parsed once, and compared as a text after that.
const known = new LRUCache<string, YamlTree>({ max: 4 });

/** A YAML text as a tree: every scalar is the text that stands in the file, or null; and where each thing stands. */
export interface YamlTree {
  readonly value: unknown;
  /** The line of a path, or of its nearest ancestor that stands in the file. */
  lineOf: (path: readonly (string | number)[]) => number;
}

/**
 * Reads a YAML text, `${…}` as it is written; BadInput with the lines where it cannot be used. Texts stay texts: as
 * numbers 123456789012345678, 1.10 and 007 would become others.
 */
export function readYaml(source: string, file: string | undefined): YamlTree {
  const before = known.get(source);
  if (before !== undefined) return before;
  const tree = parsed(source, file);
  known.set(source, tree);
  return tree;
}

function parsed(source: string, file: string | undefined): YamlTree {
  const much = tooMuch(source);
  if (much !== undefined) throw unusable(file, [`line ${much.line ?? 1}: ${much.message}`]);
  const lines = new LineCounter();
  const document = parseDocument(source, {
    lineCounter: lines,
    schema: 'failsafe',
    customTags: ['null'],
    merge: true,
  });
  const lost = document.errors.findIndex(({ code }) => code === 'UNEXPECTED_TOKEN');
  const errors = lost < 0 ? document.errors : document.errors.slice(0, lost + 1); // the others follow from it
  const problems = [...errors, ...document.warnings].map((error) => ({
    line: error.linePos?.[0].line ?? 1,
    reason: yamlReason(error),
  }));
  visit(document, {
    Pair(_, { key }) {
      const line = isNode(key) && key.range ? lines.linePos(key.range[0]).line : 1;
      if (isNode(key) && !isScalar(key)) problems.push({ line, reason: 'a name must be a text' });
      else if (isScalar(key) && key.value === '__proto__')
        problems.push({ line, reason: '__proto__ cannot be a name: choose another' });
    },
  });
  if (problems.length > 0)
    throw unusable(
      file,
      problems.map(({ line, reason }) => `line ${line}: ${reason}`),
    );
  try {
    return { value: document.toJS() as unknown, lineOf: (path) => lineOf(document, lines, path) };
  } catch {
    // the library's guard against files that unfold without end
    throw unusable(file, ['file: its aliases (*name) unfold to too much: write some of them out']);
  }
}

/** BadInput with every problem of a stack file, one a line. */
export const unusable = (file: string | undefined, problems: readonly string[]) =>
  badInput(
    `${file ?? 'The Compose file'} cannot be used:\n${problems.map((line) => `  ${line}`).join('\n')}`,
  );

function lineOf(document: Document, lines: LineCounter, path: readonly (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
