import { nameOf } from './kill-point';
import type { Totals } from './report/totals';
import type { Row } from './run-point';

/** One line for each finished run: how far it is, what became of it, and how long the rest will take. */
export function progressLine(row: Row, { done, of, totals, since }: Progress): string {
  const minutes = Math.round((((Date.now() - since) / done) * (of - done)) / 60_000);
  const { lost, orphaned, duplicated, leaked } = totals;
  const time = row.seconds === undefined ? '' : ` in ${row.seconds.toFixed(1)} s`;
  const found = (['lost', 'orphaned', 'duplicated', 'leaked'] as const)
    .filter((kind) => row[kind].length > 0)
    .map((kind) => `\n    ${kind}: ${row[kind].join(', ')}`);
  return (
    `${done}/${of} ${nameOf(row)}: ${row.outcome}${time}` +
    ` (${lost} lost, ${orphaned} orphaned, ${duplicated} duplicated, ${leaked} leaked; ${minutes} min left)${found.join('')}`
  );
}

interface Progress {
  done: number;
  of: number;
  totals: Totals;
  /** When the first of `done` began, in milliseconds. */
  since: number;
}
