import type { ZodType } from 'zod';
import { RuntimeHostError } from '../contracts/reads/read-error';

/** The request as `schema` reads it; one that cannot be used is a RuntimeHostError that lists every problem. */
export function parseRequest<T>(schema: ZodType<T>, request: unknown, correlationId: string): T {
  const parsed = schema.safeParse(request);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'request'}: ${message}`,
  );
  throw new RuntimeHostError(`The request cannot be used: ${problems.join('; ')}`, { correlationId });
}
