import type { Row } from '../run-plan';
import { metByKind, times, totalsOf } from './totals';

/** The totals and the faults by kind, as Markdown. */
export function figures(rows: readonly Row[]): string {
  const total = totalsOf(rows);
  const { median, worst } = times(rows);
  const met = metByKind(rows);
  return [
    '| runs | finished at once | clean failures | broken | lost | orphaned | duplicated | leaked | median | worst |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    `| ${[total.runs, total.finishedAtOnce, total.cleanFailures, total.broken, total.lost, total.orphaned, total.duplicated, total.leaked, ...[median, worst].map((time) => `${time.toFixed(1)} s`)].join(' | ')} |`,
    '',
    `| requests that met | ${Object.keys(met).join(' | ')} | any fault |`,
    `| --- |${' --- |'.repeat(Object.keys(met).length + 1)}`,
    `|  | ${[...Object.values(met), total.faultsMet].join(' | ')} |`,
  ].join('\n');
}
