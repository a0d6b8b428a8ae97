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

/** What every alternative lacks at this place, or, where one of them fits the outline, what it lacks inside. */
function unionProblems(
  { errors, message }: z.core.$ZodIssueInvalidUnion,
  path: (string | number)[],
  schema: z.core.$ZodType,
): FieldProblem[] {
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
  const nearest = known.length === 0 ? undefined : closest(key, known);
  if (nearest !== undefined && distance(key, nearest) <= Math.max(2, key.length / 3)) {
    return `unknown field; did you mean ${nearest}?`;
  }
  return known.length === 0 ? 'unknown field' : `unknown field; there are ${known.join(', ')}`;
}

/** The fields that an object of the schema has at `path`; none where it is no object with fixed fields. */
function fieldsAt(schema: z.core.$ZodType, path: readonly (string | number)[]): string[] {
  let at: z.core.$ZodType | undefined = schema;
  for (const part of path) at = at && childOf(bare(at), part);
  const { def } = at === undefined ? {} : bare(at)._zod;
  return def?.type === 'object' ? Object.keys(def.shape) : [];
}

type Inner = z.core.$ZodTypes;

/** Without optional, default and transform around it. */
function bare(schema: z.core.$ZodType): Inner {
  const { def } = (schema as Inner)._zod;
  if ('innerType' in def) return bare(def.innerType);
  if (def.type === 'pipe') return bare(def.in);
  return schema as Inner;
}

function childOf({ _zod: { def } }: Inner, part: string | number): z.core.$ZodType | undefined {
  if (def.type === 'object') return def.shape[part];
  if (def.type === 'array') return def.element;
  return def.type === 'map' || def.type === 'record' ? def.valueType : undefined;
}
