import { writeFileSync } from 'node:fs';
import type { Counterexample } from '../check-plans';
import type { Row } from '../run-plan';
import { failures, metByKind, times, totalsOf } from './totals';

/** What was checked, by which choice. */
export interface Subject {
  commit: string;
  seed: number;
  generation: string;
}

/** Writes the figures as JSON. */
export function writeReport(
  path: string,
  rows: readonly Row[],
  { subject, counterexamples }: { subject: Subject; counterexamples: readonly Counterexample[] },
): void {
  const report = {
    date: new Date().toISOString().slice(0, 10),
    ...subject,
    totals: totalsOf(rows),
    seconds: times(rows),
    faultsMet: metByKind(rows),
    failures: failures(rows),
    counterexamples,
    rows,
  };
  writeFileSync(path, `${JSON.stringify(report, null, 2)}\n`);
}
