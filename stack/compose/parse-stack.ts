import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { badInput } from '../../contracts/core/failures';
import { buildStack } from './build-stack';
import { checkStack } from './check-stack';
import { composeSchema } from './compose-schema';
import type { Lookup } from './interpolate';
import { interpolateTree } from './interpolate-tree';
import type { Stack } from './stack';
import type { StackProblem } from './stack-problem';
import { unsupportedField } from './unsupported-field';

export interface StackOptions {
  /** Absolute path of the text: relative paths start from its folder, messages name it. */
  file?: string;
  /** Variables of `${…}`. */
  lookup: Lookup;
}

/** Reads a Compose file of the supported subset. Every problem, with its line, is in the one BadInput that it throws. */
export function parseStack(source: string, { file, lookup }: StackOptions): Stack {
  const lines = new LineCounter();
  const document = parseDocument(source, { lineCounter: lines, merge: true });
  const fail = (problems: string[]) =>
    badInput(
      `${file ?? 'The Compose file'} cannot be used:\n${problems.map((line) => `  ${line}`).join('\n')}`,
    );
  if (document.errors.length > 0) {
    throw fail(
      document.errors.map((error) => `line ${error.linePos?.[0].line ?? 1}: ${firstLine(error.message)}`),
    );
  }
  const tree = interpolateTree(toJs(document, fail), lookup);
  const parsed = composeSchema.safeParse(tree.value);
  const shape = parsed.success ? [] : parsed.error.issues.flatMap(toProblems);
  const built = parsed.success
    ? buildStack(parsed.data, { file, lookup, variables: tree.variables })
    : undefined;
  const crossed = built === undefined ? [] : [...built.problems, ...checkStack(built.stack)];
  const problems = [...tree.problems, ...shape, ...crossed];
  if (built !== undefined && problems.length === 0) return built.stack;
  throw fail(
    problems
      .map((problem) => ({ ...problem, line: lineOf(document, lines, problem.path) }))
      .sort((a, b) => a.line - b.line)
      .map(({ line, path, reason }) => `line ${line}: ${path.join('.') || 'file'}: ${reason}`),
  );
}

function toJs(document: Document, fail: (problems: string[]) => Error): unknown {
  try {
    return document.toJS();
  } catch (error) {
    // Too many aliases: the library's guard against files that unfold without end.
    throw fail([(error as Error).message]);
  }
}

function toProblems(issue: z.core.$ZodIssue): StackProblem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], reason: unsupportedField(path, key) }));
  }
  const missing =
    issue.code === 'invalid_type' && issue.input === undefined && /undefined/.test(issue.message);
  return [{ path, reason: missing ? 'is missing' : issue.message }];
}

/** The line of a path, or of its nearest ancestor that stands in the file. */
function lineOf(document: Document, lines: LineCounter, path: (string | number)[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

const firstLine = (text: string) => text.split('\n')[0]!.replace(/ at line.*$/, '');
