import type { EndedRun } from './machine/job';
import type { Facts } from './observe/facts';

/** What is wrong with the state after a run, thing by thing; all four empty where nothing is. */
export interface Verdict {
  lost: string[];
  orphaned: string[];
  duplicated: string[];
  leaked: string[];
}

/** A credential that nobody holds is an orphan, however many there should be. */
const CREDENTIAL = /^live /;

/** Compares what a run left with what an undisturbed one leaves. */
export function judge(result: EndedRun, undisturbed: Facts): Verdict {
  const { facts, ended, leaks } = result;
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

export const isClean = ({ lost, orphaned, duplicated, leaked }: Verdict) =>
  [lost, orphaned, duplicated, leaked].every(({ length }) => length === 0);
