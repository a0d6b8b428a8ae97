import { z } from 'zod';

/** Things by any name: nobody is there whom nobody put there, whatever every object has (`constructor`, `__proto__`). */
export function byName<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const record = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) record[name] = value;
  return record;
}

/** The same as a schema: zod's own records leave `__proto__` out in silence. */
export const named = <T extends z.ZodType>(value: T) =>
  z.preprocess(
    (given) => (isObject(given) ? new Map(Object.entries(given)) : given),
    z.map(z.string(), value).transform((map) => byName(map)),
  );

const isObject = (given: unknown): given is object =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** The fields that have a value. */
export const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
