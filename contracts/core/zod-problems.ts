import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';

/** What is wrong with one field. */
export interface FieldProblem {
  path: (string | number)[];
  /** What was expected; never the value that was given. */
  message: string;
}

/** Every field that `schema` refused. A field that it does not know comes with the nearest one that it does. */
export function zodProblems({ issues }: z.core.$ZodError, schema: z.core.$ZodType): FieldProblem[] {
  return issues.flatMap((issue) => problemsOf(issue, schema));
}

/** The same as lines, `path: what was expected`; `root` names the whole. */
export function zodLines(error: z.core.$ZodError, schema: z.core.$ZodType, root = 'root'): string[] {
  return zodProblems(error, schema).map(({ path, message }) => `${path.join('.') || root}: ${message}`);
}

function problemsOf(issue: z.core.$ZodIssue, schema: z.core.$ZodType): FieldProblem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: unknownField(key, fieldsAt(schema, path)),
      }));
    case 'invalid_key':
    case 'invalid_element':
      return issue.issues.flatMap((inner) =>
        problemsOf({ ...inner, path: [...path, ...inner.path] }, schema),
      );
    case 'invalid_union':
      return unionProblems(issue, path, schema);
    default:
      return [{ path, message: expectation(issue) }];
  }
}

/** The candidate nearest to `word`, if it is near enough to be meant. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  if (candidates.length === 0) return undefined;
  const found = closest(word.toLowerCase(), candidates);
  return distance(word.toLowerCase(), found.toLowerCase()) <= Math.max(2, word.length / 3)
    ? found
    : undefined;
}

/** What every alternative lacks at this place, or, where one of them fits the outline, what it lacks inside. */
function unionProblems(
  { errors, message }: z.core.$ZodIssueInvalidUnion,
  path: (string | number)[],
  schema: z.core.$ZodType,
): FieldProblem[] {
  if (message !== 'Invalid input') return [{ path, message }]; // the schema's own words
  const inside = errors.find((issues) => issues.length > 0 && issues.every(({ path: at }) => at.length > 0));
  if (inside !== undefined) {
    return inside.flatMap((issue) => problemsOf({ ...issue, path: [...path, ...issue.path] }, schema));
  }
  const expected = errors.flatMap((issues) => issues.map(expectation));
  return [{ path, message: [...new Set(expected)].join(', or ') || message }];
}

function expectation(issue: z.core.$ZodIssue): string {
  const message = issue.message.replace(/^(?:Invalid (?:input|option)|Too (?:small|big)): /, '');
  if (issue.code !== 'invalid_type') return message;
  return message.replace(/^(expected .*), received undefined$/, 'missing, $1');
}

function unknownField(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  if (meant !== undefined) return `unknown field; did you mean ${meant}?`;
  return known.length === 0 ? 'unknown field' : `unknown field; there are ${known.join(', ')}`;
}

/** The fields that an object of the schema has at `path`; none where it is no object with fixed fields. */
function fieldsAt(schema: z.core.$ZodType, path: readonly (string | number)[]): string[] {
  let places = alternatives(schema);
  for (const part of path)
    places = places.flatMap((place) => childOf(place, part) ?? []).flatMap(alternatives);
  const fields = places.flatMap(({ _zod: { def } }) => (def.type === 'object' ? Object.keys(def.shape) : []));
  return [...new Set(fields)];
}

type Inner = z.core.$ZodTypes;

/** Without optional, default and transform around it; all members of a union. */
function alternatives(schema: z.core.$ZodType): Inner[] {
  const { def } = (schema as Inner)._zod;
  if ('innerType' in def) return alternatives(def.innerType);
  if (def.type === 'union') return def.options.flatMap(alternatives);
  if (def.type !== 'pipe') return [schema as Inner];
  const isPreprocessed = (def.in as Inner)._zod.def.type === 'transform';
  return alternatives(isPreprocessed ? def.out : def.in);
}

function childOf({ _zod: { def } }: Inner, part: string | number): z.core.$ZodType | undefined {
  if (def.type === 'object') return def.shape[part];
  if (def.type === 'array') return def.element;
  return def.type === 'map' || def.type === 'record' ? def.valueType : undefined;
}
