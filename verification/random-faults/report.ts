import { writeFileSync } from 'node:fs';
import { countThings, type Verdict } from '../harness/judge';
import { inSeconds, medianAndWorst, minutesLeft, table, today } from '../harness/report';
import type { Counterexample } from './check-plans';
import { FAULT_SHARES } from './fault-plan';
import { describeBroken, type Row } from './run-plan';

interface Totals extends Record<keyof Verdict, number> {
  runs: number;
  finishedAtOnce: number;
  cleanFailures: number;
  broken: number;
  /** Requests that met a fault. */
  faultsMet: number;
}

export function totalsOf(rows: readonly Row[]): Totals {
  const ended = (outcome: Row['outcome']) => rows.filter((row) => row.outcome === outcome).length;
  return {
    runs: rows.length,
    finishedAtOnce: ended('finished at once'),
    cleanFailures: ended('clean failure'),
    broken: ended('broken'),
    ...countThings(rows),
    faultsMet: rows.reduce((total, { met }) => total + met.length, 0),
  };
}

/** How many requests met each kind of fault. */
function metByKind(rows: readonly Row[]): Record<string, number> {
  const met = rows.flatMap((row) => row.met);
  const count = (kind: string) => met.filter(({ fault }) => fault === kind).length;
  return Object.fromEntries(Object.keys(FAULT_SHARES).map((kind) => [kind, count(kind)]));
}

/** Median and worst of the disturbed runs, in seconds. */
const times = (rows: readonly Row[]) => medianAndWorst(rows.map(({ seconds }) => seconds));

/** The failures, each once, and how often they came. */
function failures(rows: readonly Row[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { failure } of rows) {
    const text = failure?.replace(/127\.0\.0\.1:\d+/g, 'ADDRESS');
    if (text !== undefined) counts[text] = (counts[text] ?? 0) + 1;
  }
  return counts;
}

/** The totals and the faults by kind, as Markdown. */
export function figures(rows: readonly Row[]): string {
  const { runs, finishedAtOnce, cleanFailures, broken, faultsMet, ...things } = totalsOf(rows);
  const { median = 0, worst = 0 } = times(rows);
  const met = metByKind(rows);
  const ends = ['runs', 'finished at once', 'clean failures', 'broken', ...Object.keys(things)];
  const counts = [runs, finishedAtOnce, cleanFailures, broken, ...Object.values(things)];
  const totals = table([...ends, 'median', 'worst'], [[...counts, inSeconds(median), inSeconds(worst)]]);
  const kinds = ['requests that met', ...Object.keys(met), 'any fault'];
  return `${totals}\n\n${table(kinds, [['', ...Object.values(met), faultsMet]])}`;
}

/** What was checked, by which choice. */
interface Subject {
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
    date: today(),
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

interface Progress {
  /** Whether the run was drawn, or is one that looks for a smaller counterexample. */
  kind: 'drawn' | 'shrinking';
  totals: Totals;
  of: number;
  /** When the first run began, in milliseconds. */
  since: number;
}

/** One line for each run: how far it is, what it met and how it ended, the totals, and how long the rest will take. */
export function progressLine(row: Row, { kind, totals, of, since }: Progress): string {
  const { runs, finishedAtOnce, cleanFailures, broken } = totals;
  const number = kind === 'drawn' ? `${runs}/${of}` : '  making it smaller';
  return (
    `${number} ${row.generation}, ${row.met.length} faults met: ${row.outcome} after ${inSeconds(row.seconds)} ` +
    `(${finishedAtOnce} finished, ${cleanFailures} clean failures, ${broken} broken; ${minutesLeft(runs, of, since)} min left)` +
    (row.failure === undefined ? '' : `\n    ${row.failure}`) +
    (row.outcome === 'broken' ? `\n    ${row.plan}\n    ${describeBroken(row)}` : '')
  );
}
