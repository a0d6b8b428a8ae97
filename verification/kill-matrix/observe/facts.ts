/** What there is, by name, and how often: `identity onex-runtime` once, `live client secret of onex-runtime` once. */
export type Facts = Record<string, number>;

/** Counts names. */
export function countNames(names: readonly string[]): Facts {
  const facts: Facts = {};
  for (const name of names) facts[name] = (facts[name] ?? 0) + 1;
  return facts;
}
