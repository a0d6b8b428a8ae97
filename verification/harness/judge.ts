/** What there is, by name, and how often: `identity onex-runtime` once, `live client secret of onex-runtime` once. */
export type Facts = Record<string, number>;

/** Counts names. */
export function countNames(names: readonly string[]): Facts {
  const facts: Facts = {};
  for (const name of names) facts[name] = (facts[name] ?? 0) + 1;
  return facts;
}

const KINDS = ['lost', 'orphaned', 'duplicated', 'leaked'] as const;

/** What is wrong with the state after a run, thing by thing; all four empty where nothing is. */
export type Verdict = Record<(typeof KINDS)[number], string[]>;

export const CLEAN: Verdict = { lost: [], orphaned: [], duplicated: [], leaked: [] };

/** A credential that nobody holds is an orphan, however many there should be. */
const CREDENTIAL = /^live /;

/** What a run left, and where a value was found that should not be there; the value is not named. */
export interface Found {
  ended: 'finished' | 'unfinished';
  facts: Facts;
  leaks: string[];
}

/** Compares what a run left with what an undisturbed one leaves. */
export function judge({ facts, ended, leaks }: Found, undisturbed: Facts): Verdict {
  const names = [...new Set([...Object.keys(undisturbed), ...Object.keys(facts)])].sort();
  const more = names.filter((name) => (facts[name] ?? 0) > (undisturbed[name] ?? 0));
  const fewer = names.filter((name) => (facts[name] ?? 0) < (undisturbed[name] ?? 0));
  const isOrphan = (name: string) => CREDENTIAL.test(name) || undisturbed[name] === undefined;
  return {
    // What an unfinished run lacks follows from its being unfinished.
    lost: ended === 'finished' ? fewer : ['the bootstrap did not finish'],
    orphaned: more.filter(isOrphan),
    duplicated: more.filter((name) => !isOrphan(name)),
    leaked: leaks,
  };
}

export const isClean = (verdict: Verdict) => KINDS.every((kind) => verdict[kind].length === 0);

/** What is wrong, a text for each kind. */
export const describeVerdict = (verdict: Verdict): string[] =>
  KINDS.filter((kind) => verdict[kind].length > 0).map((kind) => `${kind}: ${verdict[kind].join(', ')}`);

/** Things, not runs: one run may lose several. */
export function countThings(verdicts: readonly Verdict[]): Record<keyof Verdict, number> {
  const sum = (kind: keyof Verdict) => verdicts.reduce((total, verdict) => total + verdict[kind].length, 0);
  return {
    lost: sum('lost'),
    orphaned: sum('orphaned'),
    duplicated: sum('duplicated'),
    leaked: sum('leaked'),
  };
}
