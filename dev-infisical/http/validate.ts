import type { z } from 'zod';
import { ApiError } from './api-error';
import { isLegacy, type Context } from './context';

/** Parses input; the refusal is 422 today and was 401 in 2024, with the issues as the message in both. */
export function validate<Shape extends z.ZodType>(
  context: Context,
  shape: Shape,
  input: unknown,
): z.output<Shape> {
  const result = shape.safeParse(input ?? {});
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) =>
    isLegacy(context) ? legacyIssue(issue) : { code: issue.code, message: issue.message, path: issue.path },
  );
  throw new ApiError(isLegacy(context) ? 401 : 422, issues, 'ValidationFailure');
}

function legacyIssue(issue: z.core.$ZodIssue): object {
  const received = /received (\w+)$/.exec(issue.message)?.[1];
  if (issue.code !== 'invalid_type' || received === undefined) {
    return { code: issue.code, path: issue.path, message: issue.message };
  }
  return {
    code: issue.code,
    expected: issue.expected,
    received,
    path: issue.path,
    message: received === 'undefined' ? 'Required' : `Expected ${issue.expected}, received ${received}`,
  };
}
