import { interpolate, type Lookup } from './interpolate';
import type { StackProblem } from './stack-problem';

export interface InterpolatedTree {
  value: unknown;
  problems: StackProblem[];
  /** The first variable of each text, by the JSON of its path. */
  variables: Map<string, string>;
}

/** Interpolates every text of a document, keys excepted. */
export function interpolateTree(root: unknown, lookup: Lookup): InterpolatedTree {
  const problems: StackProblem[] = [];
  const variables = new Map<string, string>();
  const walk = (value: unknown, path: (string | number)[]): unknown => {
    if (typeof value === 'string') return text(value, path);
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]));
  };
  const text = (source: string, path: (string | number)[]): string => {
    try {
      const result = interpolate(source, lookup);
      const [first] = result.variables;
      if (first !== undefined) variables.set(JSON.stringify(path), first);
      return result.text;
    } catch (error) {
      problems.push({ path, reason: (error as Error).message });
      return source;
    }
  };
  return { value: walk(root, []), problems, variables };
}
