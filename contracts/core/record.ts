/** Things by any name: nobody is there whom nobody put there, whatever every object has (`constructor`, `__proto__`). */
export function byName<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  const record = Object.create(null) as Record<string, T>;
  for (const [name, value] of entries) record[name] = value;
  return record;
}

/** The same things as something else each. */
export const mapValues = <T, U>(
  record: Record<string, T>,
  map: (value: T, name: string) => U,
): Record<string, U> => byName(Object.entries(record).map(([name, value]) => [name, map(value, name)]));

/** Things by what they have in common, in order of first appearance. */
export function grouped<K, T>(things: Iterable<T>, keyOf: (thing: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const thing of things) {
    const key = keyOf(thing);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [thing]);
    else group.push(thing);
  }
  return groups;
}

/** A type whose fields may be left out where they may be undefined. */
export type Loose<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: T[K];
};

type Present<T> = { [K in keyof Loose<T>]: Exclude<Loose<T>[K], undefined> };

/** The fields that have a value. */
export const present = <T extends object>(fields: T): Present<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
