import { z } from 'zod';
import { byName } from './record';

/** Things by any name as a schema, like `byName`: zod's own records leave `__proto__` out in silence. */
export const named = <T extends z.ZodType>(value: T) =>
  z.preprocess(
    (given) => (isObject(given) ? new Map(Object.entries(given)) : given),
    z.map(z.string(), value).transform((map) => byName(map)),
  );

const isObject = (given: unknown): given is object =>
  typeof given === 'object' && given !== null && !Array.isArray(given);
