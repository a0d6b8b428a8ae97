import { describeBroken } from './describe-broken';
import type { Totals } from './report/totals';
import type { Row } from './run-plan';

/** One line for each run: how far it is, what it met and how it ended, the totals, and how long the rest will take. */
export function progressLine(row: Row, { kind, totals, of, since }: Progress): string {
  const { runs, finishedAtOnce, cleanFailures, broken } = totals;
  const minutes = Math.round((((Date.now() - since) / runs) * Math.max(0, of - runs)) / 60_000);
  const number = kind === 'drawn' ? `${runs}/${of}` : '  making it smaller';
  return (
    `${number} ${row.generation}, ${row.met.length} faults met: ${row.outcome} after ${row.seconds.toFixed(1)} s ` +
    `(${finishedAtOnce} finished, ${cleanFailures} clean failures, ${broken} broken; ${minutes} min left)` +
    (row.failure === undefined ? '' : `\n    ${row.failure}`) +
    (row.outcome === 'broken' ? `\n    ${row.plan}\n    ${describeBroken(row)}` : '')
  );
}

interface Progress {
  /** Whether the run was drawn, or is one that looks for a smaller counterexample. */
  kind: 'drawn' | 'shrinking';
  totals: Totals;
  of: number;
  /** When the first run began, in milliseconds. */
  since: number;
}
