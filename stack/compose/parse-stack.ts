import { buildStack } from './build-stack';
import { checkStack } from './check-stack';
import { composeSchema } from './compose-schema';
import { infisicalProblems } from './infisical-service';
import { interpolateTree, isGivenBy, type Lookup } from './interpolate';
import { shapeProblems } from './problems';
import { readYaml, unusable } from './read-yaml';
import type { Stack } from './stack';

export interface StackOptions {
  /** Absolute path of the text: relative paths start from its folder, messages name it. */
  file?: string;
  /** Variables of `${…}`. */
  lookup: Lookup;
  /** The text of an env_file by its absolute path; undefined where there is none. Throws the reason for one that cannot be read. */
  readEnvFile?: (path: string) => string | undefined;
  /** Whether the stack must bring what a whole run needs: an Infisical that answers this host. */
  whole?: boolean;
}

/** Reads a Compose file of the supported subset. Every problem, with its line, is in the one BadInput that it throws. */
export function parseStack(text: string, options: StackOptions): Stack {
  const { file, lookup, readEnvFile = () => undefined, whole = false } = options;
  const { value, lineOf } = readYaml(text, file);
  const tree = interpolateTree(value, lookup);
  const parsed = composeSchema.safeParse(tree.value);
  const problems = [...tree.problems];
  if (!parsed.success) problems.push(...shapeProblems(parsed.error));
  const isGiven = isGivenBy(tree.variables);
  const source = { file, lookup, readEnvFile, variables: tree.variables, isGiven, problems };
  const stack = parsed.success ? buildStack(parsed.data, source) : undefined;
  if (stack !== undefined) problems.push(...checkStack(stack, isGiven));
  if (stack !== undefined && whole && problems.length === 0) problems.push(...infisicalProblems(stack));
  if (stack !== undefined && problems.length === 0) return stack;
  throw unusable(
    file,
    problems
      .map((problem) => ({ ...problem, line: lineOf(problem.path) }))
      .sort((a, b) => a.line - b.line)
      .map(({ line, path, reason }) => `line ${line}: ${path.join('.') || 'file'}: ${reason}`),
  );
}
