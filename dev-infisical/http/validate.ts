import type { z } from 'zod';
import { ApiError } from './errors';
import type { Context } from './context';

/** Parses input; the refusal is 422 today and was 401 in 2024, with the issues as the message in both. */
export function validate<Shape extends z.ZodType>(
  { legacy }: Context,
  shape: Shape,
  input: unknown,
): z.output<Shape> {
  const result = shape.safeParse(input ?? null);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) =>
    legacy ? legacyIssue(issue) : { code: issue.code, message: issue.message, path: issue.path },
  );
  throw new ApiError(legacy ? 401 : 422, issues, 'ValidationFailure');
}

// The server of 2024 ran zod 3, whose issues look different.
function legacyIssue(issue: z.core.$ZodIssue): object {
  const { code, path, message } = issue;
  switch (code) {
    case 'invalid_type': {
      const received = /received (\w+)$/.exec(message)?.[1] ?? 'undefined';
      const text = received === 'undefined' ? 'Required' : `Expected ${issue.expected}, received ${received}`;
      return { code, expected: issue.expected, received, path, message: text };
    }
    case 'too_small': {
      const [type, unit] = issue.origin === 'array' ? ['array', 'element(s)'] : ['string', 'character(s)'];
      const verb = type === 'array' ? 'Array must contain' : 'String must contain';
      const text = `${verb} at least ${issue.minimum} ${unit}`;
      return { code, minimum: issue.minimum, type, inclusive: true, exact: false, message: text, path };
    }
    case 'invalid_format':
      return { code: 'custom', message, path };
    case 'invalid_value':
      return { code: 'invalid_enum_value', options: issue.values, path, message };
    default:
      return { code, path, message };
  }
}
